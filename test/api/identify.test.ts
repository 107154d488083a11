import { expect, it } from 'vitest';
import { identifyBy } from '../../src/api/identify.js';
import { asGraphqlError } from '../../src/api/refusal.js';
import { UnavailableError } from '../../src/errors.js';

const uses = { used: () => {} };
const failedKeys = { refusalOf: () => undefined, failed: () => {}, calledByAdmin: () => {} };

it("a caller whose key cannot be looked for is told to try again, and not that the key is nobody's", async () => {
  const keys = { identify: () => Promise.reject(Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' })) };
  const identify = identifyBy({ keys, uses, failedKeys });

  const error = await identify('Bearer key', null).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(UnavailableError);
  expect(asGraphqlError(error as UnavailableError)).toMatchObject({
    message: 'The database cannot be read at the moment (input or output failed). Try again.',
    extensions: { code: 'UNAVAILABLE', http: { status: 503 } },
  });
});

it('a fault of the server stays one', async () => {
  const identify = identifyBy({ keys: { identify: () => Promise.reject(new TypeError('not a function')) }, uses, failedKeys });

  await expect(identify('Bearer key', null)).rejects.toThrow(TypeError);
});

it.each([
  ['ABSENT', 'no Authorization header'],
  ['MALFORMED', 'one of another form'],
  ['UNKNOWN', 'one that belongs to nobody'],
  ['REVOKED', 'one that was revoked'],
  ['EXPIRED', 'one that has expired'],
] as const)('a caller is told why there is no key: %s', async (refusal, received) => {
  const identify = identifyBy({ keys: { identify: () => Promise.resolve(refusal) }, uses, failedKeys });

  await expect(identify('Bearer key', null)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    message: `Expected the header "Authorization: Bearer <key>" with a valid key, received ${received}.`,
  });
});
