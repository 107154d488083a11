import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** What a compressed body came to. */
export interface Decompressed {
  /** What could be read of it, and no more than was asked for. */
  bytes: Buffer;
  end: 'WHOLE' | 'TOO_LONG' | 'TOO_SHORT' | 'BROKEN' | 'UNKNOWN_CODING';
}

/** A content coding (RFC 9110, section 8.4.1). */
interface Coding {
  open(options: Pick<zlib.ZlibOptions, 'chunkSize' | 'finishFlush'>, compressed: Buffer): Transform;
  /** With what a stream gives out all that it has, without asking whether that is the end. */
  flush: number;
}

const { BROTLI_OPERATION_FLUSH, ZSTD_d_windowLogMax, ZSTD_e_flush, Z_SYNC_FLUSH } = zlib.constants;

/** No larger window may be asked for over HTTP (RFC 9659); libzstd would take 128 MiB. */
const ZSTD_WINDOW_LOG = 23;

const gzip: Coding = { open: (options) => zlib.createGunzip(options), flush: Z_SYNC_FLUSH };

const codings: Record<string, Coding> = {
  gzip,
  'x-gzip': gzip,
  // The RFC means the zlib format; some servers leave its head out.
  deflate: {
    open: (options, compressed) => (hasZlibHead(compressed) ? zlib.createInflate(options) : zlib.createInflateRaw(options)),
    flush: Z_SYNC_FLUSH,
  },
  br: { open: (options) => zlib.createBrotliDecompress(options), flush: BROTLI_OPERATION_FLUSH },
  // Node.js has it from 22.15 on.
  ...('createZstdDecompress' in zlib && {
    zstd: {
      open: (options) => zlib.createZstdDecompress({ ...options, params: { [ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
      flush: ZSTD_e_flush,
    },
  }),
};

/** Nobody compresses three times by mistake. */
const CODINGS_LIMIT = 2;

/** How much a stream that breaks may keep back of what it has read. */
const SMALL_CHUNK_BYTES = 512;

/**
 * Undoes the content codings of a body that some servers compress without being asked to. What it grows to is bounded while it
 * grows, so that a small body can't take all memory; of one that is broken comes what can be read. One whose coding is not
 * known stays as it is.
 */
export async function decompressBody(compressed: Buffer, contentEncoding: string, limitBytes: number): Promise<Decompressed> {
  const names = appliedCodings(contentEncoding);
  const known = names.filter((name) => Object.hasOwn(codings, name));
  if (known.length < names.length || names.length > CODINGS_LIMIT) return { bytes: compressed, end: 'UNKNOWN_CODING' };
  let decompressed: Decompressed = { bytes: compressed, end: 'WHOLE' };
  for (const name of known.toReversed()) {
    const { bytes, end } = await undo(codings[name]!, decompressed.bytes, limitBytes);
    // What the first layer lacks, the next one can't be said to lack.
    decompressed = { bytes, end: decompressed.end === 'WHOLE' ? end : decompressed.end };
  }
  return decompressed;
}

/** Whether this value of `content-encoding` names a coding. */
export function isCompressed(contentEncoding: string): boolean {
  return appliedCodings(contentEncoding).length > 0;
}

function appliedCodings(contentEncoding: string): string[] {
  return contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
}

async function undo(coding: Coding, compressed: Buffer, limitBytes: number): Promise<Decompressed> {
  if (compressed.length === 0) return { bytes: compressed, end: 'WHOLE' };
  const whole = await readTo(coding.open({}, compressed), compressed, limitBytes);
  if (whole.end === 'WHOLE' || whole.end === 'TOO_LONG') return whole;
  // Where a stream breaks, what was to come with the same chunk is lost: so once more, in small ones.
  const part = await readTo(coding.open({ chunkSize: SMALL_CHUNK_BYTES, finishFlush: coding.flush }, compressed), compressed, limitBytes);
  return part.end === 'TOO_LONG' ? part : { bytes: part.bytes, end: whole.end };
}

function readTo(stream: Transform, compressed: Buffer, limitBytes: number): Promise<Decompressed> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (end: Decompressed['end']) => {
      stream.destroy();
      resolve({ bytes: Buffer.concat(chunks).subarray(0, limitBytes), end });
    };
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limitBytes) settle('TOO_LONG');
    });
    stream.on('end', () => settle('WHOLE'));
    stream.on('error', (error: NodeJS.ErrnoException) => settle(error.code === 'Z_BUF_ERROR' ? 'TOO_SHORT' : 'BROKEN'));
    stream.end(compressed);
  });
}

/** RFC 1950, section 2.2: the method is 8, and both bytes together are a multiple of 31. */
function hasZlibHead(compressed: Buffer): boolean {
  return compressed.length >= 2 && (compressed[0]! & 0x0f) === 8 && compressed.readUInt16BE(0) % 31 === 0;
}
