import { badInput, CallerError } from '../errors.js';
import type { JsonInput } from '../json/json-input.js';
import { DEPTH_LIMIT, isDeeperThan } from './json-depth.js';

/** The largest payload, as JSON text in UTF-8: 256 KiB. */
export const PAYLOAD_LIMIT_BYTES = 256 * 1024;

/**
 * The payload as JSON text, as the caller wrote it. The same bytes go into every request of every delivery. `path` says where it stood, for the error.
 */
export function acceptPayload(payload: JsonInput | null | undefined, path: string): string {
  if (payload === undefined) throw badInput([{ path, received: 'nothing', expected: 'a JSON value; null is one' }]);
  const text = payload === null ? 'null' : payload.text;
  const byteCount = Buffer.byteLength(text);
  if (byteCount > PAYLOAD_LIMIT_BYTES) {
    const expected = `at most ${PAYLOAD_LIMIT_BYTES} bytes of JSON (256 KiB)`;
    const received = `${byteCount} bytes`;
    throw new CallerError('PAYLOAD_TOO_LARGE', `${path}: expected ${expected}, received ${received}`, {
      faults: [{ path, expected, received }],
    });
  }
  if (isDeeperThan(text, DEPTH_LIMIT)) {
    throw badInput([{ path, received: 'more', expected: `at most ${DEPTH_LIMIT} lists and objects in each other` }]);
  }
  return text;
}
