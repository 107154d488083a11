import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

type Unpack = (packed: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const unpackGzip: Unpack = promisify(gunzip);
const unpackZlib: Unpack = promisify(inflate);
const unpackRaw: Unpack = promisify(inflateRaw);
const unpackBrotli: Unpack = promisify(brotliDecompress);

const codings: Record<string, Unpack> = { gzip: unpackGzip, 'x-gzip': unpackGzip, deflate: unpackDeflate, br: unpackBrotli };

/** RFC 9110 means the zlib format; some servers leave its head out. */
function unpackDeflate(packed: Buffer, options: { maxOutputLength: number }): Promise<Buffer> {
  return unpackZlib(packed, options).catch((error: unknown) => (isTooLong(error) ? Promise.reject(error) : unpackRaw(packed, options)));
}

/** Nobody compresses three times by mistake. */
const CODINGS_LIMIT = 2;

/** What a body came to: its bytes, or why they can't be had. */
export type Unpacked = { bytes: Buffer } | { fault: 'TOO_LONG' | 'UNREADABLE' };

/**
 * Undoes the content codings of a body that some servers compress without being asked to (RFC 9110, section 8.4). What it
 * grows to is bounded while it grows, so that a small body can't take all memory.
 */
export async function unpackAnswer(body: Buffer, contentEncoding: string | undefined, limitBytes: number): Promise<Unpacked> {
  const names = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const applied = names.filter((name) => name !== '' && name !== 'identity').toReversed();
  if (applied.length > CODINGS_LIMIT) return { fault: 'UNREADABLE' };
  let bytes = body;
  for (const name of applied) {
    const unpack = Object.hasOwn(codings, name) ? codings[name] : undefined;
    if (unpack === undefined) return { fault: 'UNREADABLE' };
    try {
      bytes = await unpack(bytes, { maxOutputLength: limitBytes });
    } catch (error) {
      return { fault: isTooLong(error) ? 'TOO_LONG' : 'UNREADABLE' };
    }
  }
  return { bytes };
}

function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
