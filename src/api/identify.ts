import type { Caller } from '../api-keys/caller.js';
import type { KnownKeys, Refusal } from '../api-keys/known-keys.js';
import type { LastUses } from '../api-keys/last-uses.js';
import { storageFaultOf, unreadable } from '../database/storage-fault.js';
import { CallerError } from '../errors.js';
import type { FailedKeys } from './limits/failed-keys.js';

/**
 * Who a key belongs to. Throws an UNAUTHENTICATED error where it is nobody's, RATE_LIMITED where too many wrong ones came from the address, and UNAVAILABLE
 * where that can't be known at the moment.
 */
export type Identify = (authorization: string | undefined, address: string | null) => Promise<Caller>;

/** What may be a guess. Who sends no key guesses none, and a key that was revoked or has expired was right once. */
const GUESSES: ReadonlySet<Refusal> = new Set<Refusal>(['MALFORMED', 'UNKNOWN']);

export interface IdentifyOptions {
  keys: Pick<KnownKeys, 'identify'>;
  uses: Pick<LastUses, 'used'>;
  failedKeys: Pick<FailedKeys, 'refusalOf' | 'failed' | 'calledByAdmin'>;
}

/** Identifies callers, remembers which keys were used, and slows down whoever tries keys. */
export function identifyBy({ keys, uses, failedKeys }: IdentifyOptions): Identify {
  return async (authorization, address) => {
    // Who shows no key guesses none.
    const tooMany = authorization === undefined ? undefined : failedKeys.refusalOf(address, authorization);
    if (tooMany !== undefined) throw tooMany;
    const found = await keys.identify(authorization).catch((error: unknown) => {
      const fault = storageFaultOf(error);
      throw fault === undefined ? error : unreadable(fault);
    });
    if (typeof found === 'string') {
      if (GUESSES.has(found)) failedKeys.failed(address);
      const expected = 'Expected the header "Authorization: Bearer <key>" with a valid key';
      throw new CallerError('UNAUTHENTICATED', `${expected}, received ${received[found]}.`, { cause: found });
    }
    if (found.kind === 'ADMIN') failedKeys.calledByAdmin(address, authorization!);
    if (found.apiKeyId !== null) uses.used(found.apiKeyId);
    return found;
  };
}

const received: Record<Refusal, string> = {
  ABSENT: 'no Authorization header',
  MALFORMED: 'one of another form',
  UNKNOWN: 'one that belongs to nobody',
  REVOKED: 'one that was revoked',
  EXPIRED: 'one that has expired',
};
