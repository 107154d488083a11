import { CloseCode } from 'graphql-ws';
import type { Refusal } from '../api-keys/known-keys.js';
import type { CallerError } from '../errors.js';

/** How a connection is closed: the reason has room for 123 bytes (RFC 6455, section 5.5). */
export interface Closing {
  code: number;
  reason: string;
}

/** The code of RFC 6455's registry for a server that can't at the moment. */
export const TRY_AGAIN_LATER = 1013;

/** Our own code for a client that is connected and does not read. */
export const READS_TOO_SLOWLY = 4410;

/** For a key that is not valid any more, a code each: with the first a client asks for a new one, with the second it had better not. */
export const keyExpired: Closing = { code: 4411, reason: 'The key has expired' };
export const keyRevoked: Closing = { code: 4412, reason: 'The key was revoked' };

/** The protocol's own code is for what is no key at all. */
const closings: Record<Refusal, Closing> = {
  ABSENT: { code: CloseCode.Forbidden, reason: 'No Authorization was given' },
  MALFORMED: { code: CloseCode.Forbidden, reason: 'The Authorization is not "Bearer <key>"' },
  UNKNOWN: { code: CloseCode.Forbidden, reason: 'The key belongs to nobody' },
  EXPIRED: keyExpired,
  REVOKED: keyRevoked,
};

/** How a connection is closed whose key was refused. */
export function closingOf({ code, cause }: CallerError): Closing {
  if (code === 'RATE_LIMITED') return { code: TRY_AGAIN_LATER, reason: 'Too many wrong keys came from this address' };
  return closings[cause as Refusal];
}
