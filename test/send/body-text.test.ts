import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBodyText } from '../../src/send/body-text.js';

function read(bytes: Buffer | number[], contentType?: string, isCut = false) {
  const headers = contentType === undefined ? [] : [{ name: 'Content-Type', value: contentType }];
  return readBodyText(Buffer.from(bytes), headers, isCut);
}

describe('the text of a body', () => {
  it.each<[string, number[], string]>([
    ['text/html; charset=ISO-8859-1', [0x66, 0xfc, 0x72], 'für'],
    ['text/html;CHARSET="windows-1252"', [0x80], '€'],
    ['text/plain; format=flowed; charset=Shift_JIS', [0x93, 0xfa], '日'],
    ['text/plain; charset=gb18030', [0xc4, 0xe3], '你'],
    ['text/plain; charset=euc-kr', [0xb0, 0xa1], '가'],
    ['application/json; charset=utf-16le', [0x6f, 0, 0x6b, 0], 'ok'],
    ['application/json; charset=utf-16be', [0, 0x6f, 0, 0x6b], 'ok'],
    ['text/plain; charset=koi8-r', [0xc4, 0xc1], 'да'],
    ['text/plain; charset = utf-8', [0xc3, 0xa9], 'é'],
    ['text/plain; charset=UTF8', [0xc3, 0xa9], 'é'],
    ['text/plain', [0xc3, 0xa9], 'é'],
    ['text/plain; charset=', [0xc3, 0xa9], 'é'],
    ['charset', [0xc3, 0xa9], 'é'],
  ])('goes by the charset: %s', (contentType, bytes, text) => {
    expect(read(bytes, contentType)).toEqual({ text, isCharsetUnknown: false });
  });

  it.each<[string, number[], string]>([
    ['UTF-8', [0xef, 0xbb, 0xbf, 0xc3, 0xa9], 'é'],
    ['UTF-16, the lower byte first', [0xff, 0xfe, 0xe9, 0], 'é'],
    ['UTF-16, the higher byte first', [0xfe, 0xff, 0, 0xe9], 'é'],
  ])('goes by a byte order mark, which is no part of it, before any charset: %s', (_title, bytes, text) => {
    expect(read(bytes)).toEqual({ text, isCharsetUnknown: false });
    expect(read(bytes, 'text/plain; charset=iso-8859-1')).toEqual({ text, isCharsetUnknown: false });
  });

  it.each(['klingon', 'utf-32', 'constructor', 'hz-gb-2312', '\u0000'])(
    'is UTF-8 where nobody knows the charset, which is told: %j',
    (charset) => {
      expect(read([0xc3, 0xa9], `text/plain; charset="${charset}"`)).toEqual({ text: 'é', isCharsetUnknown: true });
    },
  );

  it.each<[string, number[], string, string]>([
    ['text/plain', [0x61, 0xc3], 'a', 'a\ufffd'],
    ['text/plain; charset=utf-16le', [0x61, 0, 0x62], 'a', 'a\ufffd'],
    ['text/plain; charset=shift_jis', [0x61, 0x93], 'a', 'a\ufffd'],
  ])('leaves out a character that the cut is in, and shows one that is never finished: %s', (contentType, bytes, cut, whole) => {
    expect(read(bytes, contentType, true).text).toBe(cut);
    expect(read(bytes, contentType).text).toBe(whole);
  });

  it('can be stored, whatever the bytes and the charset', () => {
    const labels = fc.constantFrom('utf-16', 'utf-16be', 'gb18030', 'iso-2022-jp', 'big5', 'x-user-defined', 'windows-1258', 'ibm866');
    fc.assert(
      fc.property(fc.uint8Array(), fc.option(labels), fc.boolean(), (bytes, label, isCut) => {
        const { text } = read(Buffer.from(bytes), label === null ? undefined : `text/plain; charset=${label}`, isCut);

        expect(text.isWellFormed()).toBe(true);
        // A byte becomes three at the most, as U+FFFD does.
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3 * bytes.length);
      }),
    );
  });
});
