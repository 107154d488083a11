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
    ['31 seconds', 31, 1],
    ['a thousand years', 3e10, 24 * 3600 - 2.4 * 3600],
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

  it.each([
    ['without a life', null],
    ['that lives no longer than the margin', 30],
  ])('%s is given to those who wait for it alone', async (_title, expiresInSeconds) => {
    const { tokens } = start((count) => ({ token: `t${count}`, expiresInSeconds }));

    const waiting = await Promise.all([tokens.get(credentials, endless), tokens.get(credentials, endless)]);
    const later = await tokens.get(credentials, endless);

    expect(waiting).toEqual([{ token: 't1' }, { token: 't1' }]);
    expect(later).toEqual({ token: 't2' });
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

  it('starts over with 1 s after it has worked', async () => {
    const answers: TokenAnswer[] = [{ failure: 'a' }, { failure: 'b' }, { token: 't', expiresInSeconds: null }, { failure: 'c' }];
    const { tokens, clock } = start((count) => answers[count - 1]!);
    for (let round = 0; round < 3; round += 1) {
      await tokens.get(credentials, endless);
      clock.advance(2000);
    }

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

function start(answer: (count: number, credentials: ClientCredentials) => TokenAnswer | Promise<TokenAnswer>): {
  tokens: AccessTokens;
  clock: ManualClock;
  askedCount: () => number;
} {
  const clock = new ManualClock();
  let count = 0;
  const requestToken = async (asked: ClientCredentials) => answer((count += 1), asked);
  return { tokens: createAccessTokens({ clock, requestToken }), clock, askedCount: () => count };
}
