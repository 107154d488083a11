import { StringDecoder } from 'node:string_decoder';
import { TextDecoder } from 'node:util';
import type { Header } from './outcome.js';

/** What the bytes of a body say. */
export interface BodyText {
  text: string;
  /** Whether its charset is one that nobody knows; it was read as UTF-8 then. */
  isCharsetUnknown: boolean;
}

/**
 * Reads a body by its byte order mark, else by the charset of its content type, else as UTF-8; bytes that are no characters
 * become U+FFFD. `isCut` where more was to come: a character that is cut in two is left out then.
 */
export function readBodyText(bytes: Buffer, headers: readonly Header[], isCut: boolean): BodyText {
  const mark = markedCharset(bytes);
  const charset = mark ?? namedCharset(headers);
  if (charset === null) return { text: utf8Text(bytes, isCut), isCharsetUnknown: false };
  const decoder = decoderFor(charset);
  if (decoder === null) return { text: utf8Text(bytes, isCut), isCharsetUnknown: true };
  return { text: decoder.decode(bytes, { stream: isCut }), isCharsetUnknown: false };
}

function utf8Text(bytes: Buffer, isCut: boolean): string {
  // The decoder holds back a character that is cut in two.
  return isCut ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8');
}

/** The mark itself is no part of the text, which the decoder knows. */
function markedCharset(bytes: Buffer): string | null {
  const first = bytes[0];
  if (first === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (first === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (first === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return null;
}

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;,"]+))/i;

/** Null for UTF-8, said or not. */
function namedCharset(headers: readonly Header[]): string | null {
  for (const { name, value } of headers) {
    if (name.length !== 'content-type'.length || name.toLowerCase() !== 'content-type') continue;
    // Most have none, or end with this one.
    if (!value.includes(';') || value.endsWith('charset=utf-8') || value.endsWith('charset=UTF-8')) return null;
    const [, quoted, plain] = CHARSET.exec(value) ?? [];
    const charset = quoted ?? plain;
    return charset === undefined || /^utf-?8$/i.test(charset) ? null : charset;
  }
  return null;
}

/** Null for a charset that the Encoding Standard does not know. */
function decoderFor(charset: string): TextDecoder | null {
  try {
    return new TextDecoder(charset);
  } catch {
    return null;
  }
}
