import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_BODY_BYTES } from '../../src/send/answer-limits.js';
import { contentEncodingOf, showDecompressed } from '../../src/send/shown-body.js';
import { raw, rawThenClose } from '../support/receiver-scripts.js';
import { start } from './client.js';

const SAID = '{"error":"no such order: é"}';

const compressors = {
  gzip: gzipSync,
  'X-GZIP': gzipSync,
  deflate: deflateSync,
  br: compressBrotli,
  zstd: zstdCompressSync,
  'gzip, identity': gzipSync,
  'br, gzip': (text: string | Buffer) => gzipSync(compressBrotli(text)),
};

/** Its best takes a hundred times as long. */
function compressBrotli(text: string | Buffer): Buffer {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
}

const codings = Object.keys(compressors) as (keyof typeof compressors)[];

/** Of the kind that no compression makes much smaller. */
const lines = Array.from({ length: 1000 }, (_, number) => `${number}: ${((number + 1) * 7919) % 10_007}`).join('\n');

async function answerTo(body: string | Buffer, coding: string | string[]): Promise<object> {
  const { receiver, call } = await start();
  receiver.answerWith({ status: 422, headers: { 'content-encoding': coding }, body });
  const { outcome } = await call();
  expect(outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 422 });
  return outcome;
}

describe('a compressed answer', () => {
  it.each(codings)('is read, and the length is of what came: %s', async (coding) => {
    const body = compressors[coding](SAID);

    const outcome = await answerTo(body, coding);

    expect(outcome).toMatchObject({ body: SAID, bodyTruncated: false, bodyBytes: body.length });
    expect(outcome).not.toHaveProperty('bodyError');
  });

  it('is read where deflate has no head, and where the codings come in several headers', async () => {
    expect(await answerTo(deflateRawSync(SAID), 'deflate')).toMatchObject({ body: SAID });
    expect(await answerTo(gzipSync(deflateSync(SAID)), ['deflate', 'gzip'])).toMatchObject({ body: SAID });
  });

  it.each(codings)('is decompressed to 16 KiB and no further: %s', async (coding) => {
    const whole = compressors[coding](lines.slice(0, KEPT_BODY_BYTES).padEnd(KEPT_BODY_BYTES, '!'));
    const longer = compressors[coding](Buffer.alloc(1024 * 1024, 'x'));

    expect(await answerTo(whole, coding)).toMatchObject({ bodyTruncated: false, bodyBytes: whole.length });
    const cut = await answerTo(longer, coding);

    expect(cut).toMatchObject({ body: 'x'.repeat(KEPT_BODY_BYTES), bodyTruncated: true });
    expect(cut).not.toHaveProperty('bodyError');
  });

  it('that is longer than what is kept is read as far as it was kept', async () => {
    // One that hardly gets smaller: what is kept of it ends in the middle.
    const noise = Buffer.from(
      Array.from({ length: 40_000 }, (_, number) => (number * number * 7919) % 251).map((byte) => (byte % 95) + 32),
    );
    const body = gzipSync(noise, { level: 1, strategy: 2 });
    expect(body.length).toBeGreaterThan(KEPT_BODY_BYTES);

    const outcome = await answerTo(body, 'gzip');

    expect(outcome).toMatchObject({ body: noise.toString().slice(0, KEPT_BODY_BYTES), bodyTruncated: true });
    expect(outcome).not.toHaveProperty('bodyError');
  });

  it.each(['gzip', 'deflate', 'br'] as const)('that ends too soon keeps what could be read, and says so: %s', async (coding) => {
    const body = compressors[coding](lines);

    const outcome = (await answerTo(body.subarray(0, body.length >> 1), coding)) as { body: string };

    expect(outcome).toMatchObject({
      bodyTruncated: true,
      bodyBytes: body.length >> 1,
      bodyError: 'The compressed body ends too soon; this is what could be read of it.',
    });
    expect(outcome.body.length).toBeGreaterThan(1000);
    expect(lines.startsWith(outcome.body)).toBe(true);
  });

  it.each(['gzip', 'deflate'] as const)('that is broken keeps what could be read, and says so: %s', async (coding) => {
    const body = compressors[coding](lines);
    const middle = body.length >> 1;
    body.fill(0xff, middle, middle + 8);

    const outcome = (await answerTo(body, coding)) as { body: string };

    expect(outcome).toMatchObject({ bodyTruncated: true, bodyError: 'The compressed body is broken; this is what could be read of it.' });
    expect(outcome.body.length).toBeGreaterThan(1000);
    expect(lines.startsWith(outcome.body.slice(0, 1000))).toBe(true);
  });

  it.each(codings)('in name only is shown as it came: %s', async (coding) => {
    expect(await answerTo(SAID, coding)).toMatchObject({
      body: SAID,
      bodyTruncated: false,
      bodyError: 'The body is not compressed as its content-encoding says; it is shown as it came.',
    });
  });

  it.each(['compress', 'constructor', 'gzip, foo', 'gzip, gzip, gzip', 'UTF-8'])(
    'of a kind that is not known is shown as it came: %s',
    async (coding) => {
      expect(await answerTo(SAID, coding)).toMatchObject({
        body: SAID,
        bodyTruncated: false,
        bodyError: 'The content coding of the body is not known; the body is shown as it came.',
      });
    },
  );

  it.each(['identity', '', ' , '])('is none by the coding %j', async (coding) => {
    const outcome = await answerTo('ok', coding);

    expect(outcome).toMatchObject({ body: 'ok', bodyTruncated: false });
    expect(outcome).not.toHaveProperty('bodyError');
  });

  // Decompressing takes as much memory as the body says, before there is a byte of it.
  it.each([
    [8, true],
    [16, false],
  ])('may ask for a zstd window of 8 MiB and no more: %i MiB', async (windowMib, isRead) => {
    const exponent = Math.log2(windowMib * 1024 * 1024) - 10;
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, (2 << 3) | 1, 0, 0]), Buffer.from('ok')]);

    const outcome = (await answerTo(frame, 'zstd')) as { body: string };

    expect(outcome.body === 'ok').toBe(isRead);
  });

  it('without a body has no fault', async () => {
    const { receiver, call } = await start();
    receiver.answerWith(raw('HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n'));

    const { outcome } = await call();

    expect(outcome).toMatchObject({ status: 204, body: '', bodyTruncated: false });
    expect(outcome).not.toHaveProperty('bodyError');
  });

  it('is read where it is not as HTTP asks', async () => {
    const { receiver, call } = await start();
    const compressed = gzipSync(SAID);
    receiver.answerWith(rawThenClose(`HTTP/1.1 200 OK\ncontent-encoding: gzip\n\n${compressed.toString('latin1')}`));

    const { outcome } = await call();

    expect(outcome).toMatchObject({ status: 200, body: SAID, bodyBytes: compressed.length, protocolError: expect.any(String) as string });
  });

  it('has a body of 16 KiB at the most, whatever comes', async () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.constant(Buffer.alloc(20_000)));
    const coding = fc.array(fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'identity', 'x'), { minLength: 1, maxLength: 3 });
    const bodies = fc
      .record({
        pieces: fc.array(piece, { maxLength: 3 }),
        compressor: fc.constantFrom(...codings),
        isCompressed: fc.boolean(),
        flip: fc.nat(),
        cut: fc.option(fc.nat(200)),
      })
      .map(({ pieces, compressor, isCompressed, flip, cut }) => {
        const bytes = isCompressed ? compressors[compressor](Buffer.concat(pieces)) : Buffer.concat(pieces);
        if (cut !== null && bytes.length > 0) bytes[flip % bytes.length]! ^= 0xff;
        return bytes.subarray(0, Math.min(cut ?? Infinity, KEPT_BODY_BYTES));
      });

    await fc.assert(
      fc.asyncProperty(bodies, coding, fc.boolean(), async (bytes, names, isCut) => {
        const shown = await showDecompressed({ bytes, byteCount: bytes.length, isCut }, names.join(', '), []);

        expect(shown.body.length).toBeLessThanOrEqual(KEPT_BODY_BYTES);
        expect(shown.bodyBytes ?? Buffer.byteLength(shown.body)).toBe(bytes.length);
        if (isCut) expect(shown.bodyTruncated).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('contentEncodingOf', () => {
  const body = { bytes: Buffer.from('x'), byteCount: 1, isCut: false };

  it.each<[string, string, string | null]>([
    ['Content-Encoding', 'gzip', 'gzip'],
    ['content-encoding', 'identity', null],
    ['content-encoding', '', null],
    ['content-encodings', 'gzip', null],
    ['transfer-encoding', 'gzip', null],
  ])('goes by the header of this name: %s: %s', (name, value, contentEncoding) => {
    expect(contentEncodingOf(body, [{ name, value }])).toBe(contentEncoding);
  });
});
