import { expect, it } from 'vitest';
import { FailedKeys } from '../../../src/api/limits/failed-keys.js';
import { ManualClock } from '../../support/manual-clock.js';
import { watchLog } from '../../support/watched-log.js';
import { post } from '../../support/raw.js';
import { startTestServer } from '../../support/server.js';

const ADDRESS = '192.0.2.1';

function makeFailedKeys(seen: readonly string[] = []) {
  const clock = new ManualClock();
  const { log, lines } = watchLog();
  const isTrustedProxy = (address: string) => address === '10.0.0.1';
  const keys = new FailedKeys({ clock, log, isTrustedProxy, hasSeen: (key) => seen.includes(key) });
  /** Shows wrong keys, and answers how many of them were looked at. */
  const tryKeys = (count: number, address = ADDRESS) => {
    let lookedAt = 0;
    for (let n = 0; n < count; n += 1) {
      if (keys.refusalOf(address, `Bearer ${n}`) !== undefined) continue;
      keys.failed(address);
      lookedAt += 1;
    }
    return lookedAt;
  };
  return { clock, lines, keys, tryKeys };
}

it('an address may send 20 wrong keys at once, and then one a second', () => {
  const { clock, keys, tryKeys } = makeFailedKeys();

  expect(tryKeys(10_000)).toBe(20);
  expect(keys.refusalOf(ADDRESS, 'Bearer next')).toMatchObject({
    code: 'RATE_LIMITED',
    message: 'Too many wrong keys came from 192.0.2.1: expected at most one a second after 20.',
    retryAfterMs: 1000,
  });
  clock.advance(5000);
  expect(tryKeys(10_000)).toBe(5);
  clock.advance(3_600_000);
  expect(tryKeys(10_000)).toBe(20);
});

it('other addresses are not held up, but for those of the same IPv6 network', () => {
  const { tryKeys } = makeFailedKeys();
  tryKeys(100);
  tryKeys(100, '2001:db8::1');

  expect(tryKeys(100, '192.0.2.2')).toBe(20);
  expect(tryKeys(100, '2001:db8::ffff')).toBe(0);
  expect(tryKeys(100, '2001:db8:0:1::1')).toBe(20);
});

it('a trusted proxy, from which many come, is not held up', () => {
  expect(makeFailedKeys().tryKeys(1000, '10.0.0.1')).toBe(1000);
});

it('keys that are known go on from an address that is slowed down, and so does the admin from where he called before', () => {
  const { keys, tryKeys } = makeFailedKeys(['Bearer known']);
  keys.calledByAdmin(ADDRESS, 'Bearer admin');
  tryKeys(100);
  tryKeys(100, '192.0.2.2');

  expect(keys.refusalOf(ADDRESS, 'Bearer known')).toBeUndefined();
  expect(keys.refusalOf(ADDRESS, 'Bearer admin')).toBeUndefined();
  expect(keys.refusalOf(ADDRESS, 'Bearer guess')).toMatchObject({ code: 'RATE_LIMITED' });
  expect(keys.refusalOf('192.0.2.2', 'Bearer admin')).toMatchObject({ code: 'RATE_LIMITED' });
});

it('failures are counted in the log, once a minute', () => {
  const { clock, lines, tryKeys } = makeFailedKeys();

  tryKeys(10_000);
  clock.advance(60_000);
  tryKeys(30);

  expect(lines).toMatchObject([
    { msg: 'keys.refused', address: ADDRESS, failureCount: 20 },
    { msg: 'keys.refused', address: ADDRESS, failureCount: 10_000 },
  ]);
});

it('over HTTP, a caller who tries keys is told when to come back, and one without a key that it is missing', async () => {
  await using server = await startTestServer();
  const attempt = (authorization: string) => post(server, '{"query":"{ __typename }"}', { authorization });
  for (let n = 0; n < 20; n += 1) expect((await attempt(`Bearer wrong-${n}`)).status).toBe(401);

  const { status, headers, json } = await attempt('Bearer wrong-20');

  expect(status).toBe(429);
  expect(headers.get('retry-after')).toBe('1');
  expect(json.errors[0].extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: 1000 });
  const withoutKey = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  expect(withoutKey.status).toBe(401);
});
