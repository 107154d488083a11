import { badInput, CallerError } from '../errors.js';
import { DEPTH_LIMIT, isDeeperThan } from './json-depth.js';

/** The largest payload, as JSON text in UTF-8: 256 KiB. */
export const PAYLOAD_LIMIT_BYTES = 256 * 1024;

/**
 * The payload as JSON text. It is written once, here, and the same bytes go into every request of every delivery.
 * `path` says where it stood, for the error.
 */
export function acceptPayload(payload: unknown, path: string): string {
  const text = JSON.stringify(payload);
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
