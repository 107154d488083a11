import { KEPT_BODY_BYTES } from './answer-limits.js';
import { readBodyText } from './body-text.js';
import type { Header, ResponseReceived } from './outcome.js';
import { isCompressed, decompressBody, type Decompressed } from './decompress-body.js';

/** A body as records show it. */
export type ShownBody = Pick<ResponseReceived, 'body' | 'bodyTruncated' | 'bodyBytes' | 'bodyError'>;

/** A body as it came. */
export interface CameBody {
  /** What is kept of it. */
  bytes: Buffer;
  /** How much had come of it. */
  byteCount: number;
  /** Whether there was, or may have been, more. */
  isCut: boolean;
}

/** Shows a body as it came, compressed or not. */
export function showBody({ bytes, byteCount, isCut }: CameBody, headers: readonly Header[]): ShownBody {
  const { text, isCharsetUnknown } = readBodyText(bytes, headers, isCut);
  const shown: ShownBody = { body: text, bodyTruncated: isCut };
  if (Buffer.byteLength(text) !== byteCount) shown.bodyBytes = byteCount;
  if (isCharsetUnknown) shown.bodyError = 'The charset that content-type names is not known; the body was read as UTF-8.';
  return shown;
}

/** How a body is compressed; null where it is not, or where nothing of it came. */
export function contentEncodingOf(body: CameBody, headers: readonly Header[]): string | null {
  if (body.byteCount === 0) return null;
  let named: string | null = null;
  for (const { name, value } of headers) {
    if (name.length !== 'content-encoding'.length || name.toLowerCase() !== 'content-encoding') continue;
    named = named === null ? value : `${named},${value}`;
  }
  return named !== null && isCompressed(named) ? named : null;
}

/** Shows a compressed body decompressed, as far as that can be done. */
export async function showDecompressed(body: CameBody, contentEncoding: string, headers: readonly Header[]): Promise<ShownBody> {
  const { bytes, end } = await decompressBody(body.bytes, contentEncoding, KEPT_BODY_BYTES);
  const isAsItCame = end === 'UNKNOWN_CODING' || (end === 'BROKEN' && bytes.length === 0);
  const shown = isAsItCame ? showBody(body, headers) : showBody({ bytes, byteCount: body.byteCount, isCut: end !== 'WHOLE' }, headers);
  if (body.isCut) shown.bodyTruncated = true;
  const error = errorOf(end, isAsItCame, body.isCut);
  if (error !== null) shown.bodyError = error;
  return shown;
}

function errorOf(end: Decompressed['end'], isAsItCame: boolean, isCut: boolean): string | null {
  if (end === 'UNKNOWN_CODING') return 'The content coding of the body is not known; the body is shown as it came.';
  if (isAsItCame) return 'The body is not compressed as its content-encoding says; it is shown as it came.';
  if (end === 'BROKEN') return 'The compressed body is broken; this is what could be read of it.';
  // What this server did not read to its end says nothing of the receiver.
  if (end === 'TOO_SHORT' && !isCut) return 'The compressed body ends too soon; this is what could be read of it.';
  return null;
}
