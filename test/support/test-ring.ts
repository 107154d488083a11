import { readEncryptionKeys } from '../../src/encryption-keys.js';
import type { SealedText } from '../../src/entities/sealed-text.js';
import { systemRandom } from '../../src/random.js';
import { SealRing } from '../../src/seal/seal-ring.js';
import { StoredPayloads } from '../../src/seal/stored-payloads.js';
import { Cursors, type LogName } from '../../src/watch/cursors.js';
import { idOf } from './ids.js';

/** What the tests' servers get as `ENCRYPTION_KEYS`. */
export const TEST_KEY = 'aG9va2dyYXBoIHRlc3RzIGhhdmUgdGhpcyBvbmUga2U=';

export const testRing = new SealRing(readEncryptionKeys(TEST_KEY)!, systemRandom);

/** As the tests' servers have them. */
export const testCursors = new Cursors(testRing.deriveKeys('cursors'), systemRandom);

/** The cursor of an entry of a log; of the organization `o` unless said otherwise. */
export function cursorOf(log: LogName, sequence: number, organizationId = idOf('o')): string {
  return testCursors.ofEntry(log, { organizationId, sequence });
}

/** Stores payloads in plain, as it is unless set otherwise. */
export const plainPayloads = new StoredPayloads(testRing, false);

/** The signing secret of a webhook that no test looks at, as it is stored. */
export function sealedSecret(organizationId: string, id: string): SealedText {
  return testRing.seal('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', { organizationId, column: 'webhooks.signing_secret', id });
}
