import { describe, expect, it } from 'vitest';
import { createAccessTokens, type AccessTokens } from '../../src/send/access-tokens.js';
import type { ClientCredentials } from '../../src/send/attempt.js';
import type { TokenAnswer } from '../../src/send/token-answer.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeCredentials } from './makers.js';

const credentials = makeCredentials('https://login.example/token');
const endless = new AbortController().signal;

describe('a token', () => {
  it.each([
    ['an hour', 3600, 3600 - 360],
    ['five minutes', 300, 270],
    ['a minute', 60, 30],
    ['31 seconds', 31, 15.5],
    ['20 seconds', 20, 10],
    ['a second', 1, 5],
    ['no time at all', 1e-9, 5],
    ['a thousand years', 3e10, 24 * 3600 - 2.4 * 3600],
    ['longer than numbers go', Infinity, 24 * 3600 - 2.4 * 3600],
    ['nobody knows how long', null, 3600 - 360],
  ])('that lives for %s is given out until shortly before its end', async (_title, expiresInSeconds, keptSeconds) => {
    const { tokens, clock, askedCount } = start((count) => ({ token: `t${count}`, expiresInSeconds }));

    const first = await tokens.get(credentials, endless);
    clock.advance(keptSeconds * 1000 - 1);
    const last = await tokens.get(credentials, endless);
    const askedBefore = askedCount();
    clock.advance(1);
    const next = await tokens.get(credentials, endless);

    expect([first, last, next]).toEqual([{ token: 't1' }, { token: 't1' }, { token: 't2' }]);
    expect(askedBefore).toBe(1);
  });

  it.each([1, 5, 29, null])('that lives for %j s costs few requests for a hundred deliveries', async (expiresInSeconds) => {
    const { tokens, clock, askedCount } = start((count) => ({ token: `t${count}`, expiresInSeconds }));

    for (let delivery = 0; delivery < 100; delivery += 1) {
      await tokens.get(credentials, endless);
      clock.advance(100);
    }

    expect(askedCount()).toBeLessThanOrEqual(2);
  });

  it('that was longer under way than it lives is used all the same', async () => {
    const { tokens, askedCount } = start((_count, _credentials, clock) => {
      clock.advance(9000);
      return { token: 't', expiresInSeconds: 2 };
    });

    await tokens.get(credentials, endless);
    await tokens.get(credentials, endless);

    expect(askedCount()).toBe(1);
  });

  it('is given out with the scope that was granted, each time', async () => {
    const { tokens } = start(() => ({ token: 't', expiresInSeconds: 3600, grantedScope: 'read' }));

    const first = await tokens.get(credentials, endless);
    const second = await tokens.get(credentials, endless);

    expect(first).toEqual({ token: 't', grantedScope: 'read' });
    expect(second).toEqual(first);
  });

  it('is asked for once, however many want it at once', async () => {
    const { tokens, askedCount } = start(() => ({ token: 't', expiresInSeconds: 3600 }));

    const got = await Promise.all(Array.from({ length: 500 }, () => tokens.get(credentials, endless)));

    expect(askedCount()).toBe(1);
    expect(got).toEqual(Array.from({ length: 500 }, () => ({ token: 't' })));
  });

  it('of an earlier version is never used, not even when it arrives later', async () => {
    const answers = [Promise.withResolvers<TokenAnswer>(), Promise.withResolvers<TokenAnswer>()];
    const { tokens } = start((count) => answers[count - 1]!.promise);
    const changed = makeCredentials(credentials.endpoint, { version: 2 });

    const before = tokens.get(credentials, endless);
    const after = tokens.get(changed, endless);
    answers[1]!.resolve({ token: 'new', expiresInSeconds: 3600 });
    answers[0]!.resolve({ token: 'old', expiresInSeconds: 3600 });

    expect(await before).toEqual({ token: 'old' });
    expect(await after).toEqual({ token: 'new' });
    expect(await tokens.get(changed, endless)).toEqual({ token: 'new' });
  });

  it('is used until its end while no new one can be had, and not after that', async () => {
    const { tokens, clock, askedCount } = start((count) => (count === 1 ? { token: 't', expiresInSeconds: 3600 } : { failure: 'down' }));
    await tokens.get(credentials, endless);

    clock.advance(3600_000 - 2000);
    const inTheMargin = await tokens.get(credentials, endless);
    const inThePause = await tokens.get(credentials, endless);
    const askedBefore = askedCount();
    clock.advance(2000);
    const afterItsEnd = await tokens.get(credentials, endless);

    expect([inTheMargin, inThePause]).toEqual([{ token: 't' }, { token: 't' }]);
    expect(askedBefore).toBe(2);
    expect(afterItsEnd).toMatchObject({ kind: 'AUTHENTICATION_FAILED' });
  });

  it('that a receiver refused is not used again when no new one can be had', async () => {
    const { tokens } = start((count) => (count === 1 ? { token: 't', expiresInSeconds: 3600 } : { failure: 'down' }));
    await tokens.get(credentials, endless);

    tokens.drop(credentials, 't');

    expect(await tokens.get(credentials, endless)).toMatchObject({ kind: 'AUTHENTICATION_FAILED' });
  });

  it('of one authentication is never used for another', async () => {
    const { tokens } = start((_count, { id }) => ({ token: id, expiresInSeconds: 3600 }));

    const other = await tokens.get(makeCredentials(credentials.endpoint, { id: 'auth_2' }), endless);

    expect(await tokens.get(credentials, endless)).toEqual({ token: 'auth_1' });
    expect(other).toEqual({ token: 'auth_2' });
  });

  it('that was dropped is asked for anew', async () => {
    const { tokens } = start((count) => ({ token: `t${count}`, expiresInSeconds: 3600 }));
    await tokens.get(credentials, endless);

    tokens.drop(credentials, 't1');

    expect(await tokens.get(credentials, endless)).toEqual({ token: 't2' });
  });

  it('that was dropped once stays for 30 s, however often it is refused', async () => {
    const { tokens, clock } = start((count) => ({ token: `t${count}`, expiresInSeconds: 3600 }));
    await tokens.get(credentials, endless);
    const first = tokens.drop(credentials, 't1');
    await tokens.get(credentials, endless);
    clock.advance(29_999);

    const early = tokens.drop(credentials, 't2');
    const kept = await tokens.get(credentials, endless);
    clock.set(clock.now() - 3600_000);
    clock.advance(1);
    const later = tokens.drop(credentials, 't2');

    expect([first, early, later]).toEqual([true, false, true]);
    expect(kept).toEqual({ token: 't2' });
  });

  it('stays when it is another that was to be dropped', async () => {
    const { tokens } = start((count) => ({ token: `t${count}`, expiresInSeconds: 3600 }));
    await tokens.get(credentials, endless);

    tokens.drop(credentials, 't0');
    tokens.drop(makeCredentials(credentials.endpoint, { version: 2 }), 't1');

    expect(await tokens.get(credentials, endless)).toEqual({ token: 't1' });
  });
});

describe('who waits for a token', () => {
  it('can give up, and the others get it', async () => {
    const answer = Promise.withResolvers<TokenAnswer>();
    const { tokens, askedCount } = start(() => answer.promise);
    const impatient = new AbortController();

    const givesUp = tokens.get(credentials, impatient.signal);
    const waits = tokens.get(credentials, endless);
    impatient.abort();
    const gaveUp = await givesUp;
    answer.resolve({ token: 't', expiresInSeconds: 3600 });

    expect(gaveUp).toEqual({
      kind: 'AUTHENTICATION_FAILED',
      message: 'The time of the attempt was up before the token server answered.',
      notBefore: null,
    });
    expect(await waits).toEqual({ token: 't' });
    expect(askedCount()).toBe(1);
  });

  it('is told of the failure, and when the server is asked again', async () => {
    const { tokens, clock } = start(() => ({ failure: 'It is down.' }));

    const result = await tokens.get(credentials, endless);

    expect(result).toEqual({ kind: 'AUTHENTICATION_FAILED', message: 'It is down.', notBefore: clock.now() + 1000 });
  });
});

describe('a token server that fails', () => {
  it('is left alone for 1 s, doubling to 30 s', async () => {
    const { tokens, clock, askedCount } = start(() => ({ failure: 'It is down.' }));
    const pauses: number[] = [];

    for (let round = 1; round <= 7; round += 1) {
      await tokens.get(credentials, endless);
      const result = await tokens.get(credentials, endless);
      expect(askedCount()).toBe(round);
      const pause = 'kind' in result ? result.notBefore! - clock.now() : 0;
      clock.advance(pause - 1);
      await tokens.get(credentials, endless);
      expect(askedCount()).toBe(round);
      clock.advance(1);
      pauses.push(pause);
    }

    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it.each([
    ['a minute', 60_000, 60_000],
    ['a day, which is too long', 24 * 3600_000, 3600_000],
    ['less than the pause that it gets anyway', 500, 1000],
  ])('is left alone for as long as it asks for: %s', async (_title, retryAfterMs, pauseMs) => {
    const { tokens, clock, askedCount } = start(() => ({ failure: 'It is busy.', retryAfterMs }));

    const result = await tokens.get(credentials, endless);
    clock.advance(pauseMs - 1);
    await tokens.get(credentials, endless);
    const askedBefore = askedCount();
    clock.advance(1);
    await tokens.get(credentials, endless);

    expect(result).toMatchObject({ notBefore: clock.now() });
    expect([askedBefore, askedCount()]).toEqual([1, 2]);
  });

  it('starts over with 1 s after it has worked', async () => {
    const answers: TokenAnswer[] = [{ failure: 'a' }, { failure: 'b' }, { token: 't', expiresInSeconds: 3600 }, { failure: 'c' }];
    const { tokens, clock } = start((count) => answers[count - 1]!);
    for (let round = 0; round < 3; round += 1) {
      await tokens.get(credentials, endless);
      clock.advance(2000);
    }
    tokens.drop(credentials, 't');

    const result = await tokens.get(credentials, endless);

    expect(result).toMatchObject({ message: 'c', notBefore: clock.now() + 1000 });
  });

  it('is asked at once for changed credentials', async () => {
    const { tokens } = start((_count, { version }) => (version === 1 ? { failure: 'a' } : { token: 't', expiresInSeconds: 3600 }));
    await tokens.get(credentials, endless);

    const result = await tokens.get(makeCredentials(credentials.endpoint, { version: 2 }), endless);

    expect(result).toEqual({ token: 't' });
  });
});

function start(answer: (count: number, credentials: ClientCredentials, clock: ManualClock) => TokenAnswer | Promise<TokenAnswer>): {
  tokens: AccessTokens;
  clock: ManualClock;
  askedCount: () => number;
} {
  const clock = new ManualClock();
  let count = 0;
  const requestToken = async (asked: ClientCredentials) => answer((count += 1), asked, clock);
  return { tokens: createAccessTokens({ clock, requestToken }), clock, askedCount: () => count };
}
