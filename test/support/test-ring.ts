import { readEncryptionKeys } from '../../src/encryption-keys.js';
import type { SealedText } from '../../src/entities/sealed-text.js';
import { systemRandom } from '../../src/random.js';
import { SealRing } from '../../src/seal/seal-ring.js';
import { StoredPayloads } from '../../src/seal/stored-payloads.js';

/** What the tests' servers get as `ENCRYPTION_KEYS`. */
export const TEST_KEY = 'aG9va2dyYXBoIHRlc3RzIGhhdmUgdGhpcyBvbmUga2U=';

export const testRing = new SealRing(readEncryptionKeys(TEST_KEY)!, systemRandom);

/** Stores payloads in plain, as it is unless set otherwise. */
export const plainPayloads = new StoredPayloads(testRing, false);

/** The signing secret of a webhook that no test looks at, as it is stored. */
export function sealedSecret(organizationId: string, id: string): SealedText {
  return testRing.seal('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', { organizationId, column: 'webhooks.signing_secret', id });
}
