import type { Clock } from '../clock.js';
import type { ClientCredentials } from './attempt.js';
import { BoundedCache } from '../bounded-cache.js';
import type { AuthenticationFailed } from './outcome.js';
import type { Token, TokenAnswer } from './token-answer.js';

/**
 * A token is renewed before its end by this much or a tenth of its life, whichever is more, since it must outlast the request;
 * but never before half of its life is over.
 */
const LEAST_MARGIN_MS = 30_000;

/** A longer life is taken for a mistake: the server may have meant milliseconds. */
const LONGEST_LIFE_MS = 24 * 60 * 60 * 1000;

/** A life that the server does not tell is not none. Where it is over sooner, a receiver's 401 has the token renewed. */
const UNTOLD_LIFE_MS = 60 * 60 * 1000;

/** However short a life is, or however long its token was under way: a token for each delivery would be too much to ask for. */
const LEAST_USE_MS = 5000;

/**
 * So often at the most a refusal has a token renewed. A receiver that refuses every token would otherwise have one fetched with
 * each delivery, until the token server has enough of it, and then the webhook's other hooks get none.
 */
const LEAST_BETWEEN_RENEWALS_MS = 30_000;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** The longest pause that a token server gets by asking for it: a mistake in a header must not keep deliveries back for days. */
const LONGEST_ASKED_PAUSE_MS = 60 * 60 * 1000;

/** How many authentications are remembered, the least recently used forgotten first. */
const KEPT_LIMIT = 10_000;

/** A token to send with, or why there is none. */
export type AccessToken = UsableToken | AuthenticationFailed;

export type UsableToken = Pick<Token, 'token' | 'grantedScope'>;

/** The access tokens of all authentications, asked for as seldom as possible. */
export interface AccessTokens {
  /**
   * A token for these credentials. All who ask at once share one request, which has its own time and goes on without those
   * whose `signal` is aborted. After a failure the token server is left alone for 1 s, doubling to 30 s, or for as long as it
   * asks for, up to an hour; whoever asks meanwhile gets the token of before while it holds, or else that failure at once, with the end of the pause as
   * `notBefore`. Never rejects.
   */
  get(credentials: ClientCredentials, signal: AbortSignal): Promise<AccessToken>;
  /**
   * Forgets `token`, which a receiver has refused, unless a newer one is already in its place. False where it stays, because
   * the last renewal after a refusal was less than 30 s ago: to send once more would have no sense.
   */
  drop(credentials: ClientCredentials, token: string): boolean;
}

export interface AccessTokensOptions {
  clock: Clock;
  /** Asks the token server, once. Must not reject. */
  requestToken: (credentials: ClientCredentials) => Promise<TokenAnswer>;
}

/** What is known for one version of one authentication. */
interface Entry {
  token: UsableToken | null;
  /** From when on a new token is asked for. */
  renewAt: number;
  /** From when on the token is of no use. While no new one can be had, it is given out until then. */
  endsAt: number;
  pending: Promise<AccessToken> | null;
  failureCount: number;
  failure: AuthenticationFailed | null;
  /** When a receiver's refusal last had the token dropped, by the clock that never goes back. */
  droppedAt: number;
}

/** An empty store of tokens. */
export function createAccessTokens({ clock, requestToken }: AccessTokensOptions): AccessTokens {
  const entries = new BoundedCache<string, Entry>(KEPT_LIMIT);
  const latestVersions = new BoundedCache<string, number>(KEPT_LIMIT);

  function entryFor(credentials: ClientCredentials): Entry {
    const { id, version } = credentials;
    const latest = latestVersions.get(id);
    if (latest === undefined || latest < version) {
      latestVersions.set(id, version);
      if (latest !== undefined) entries.delete(entryKey(id, latest));
    }
    return entries.getOrMake(entryKey(id, version), () => ({
      token: null,
      renewAt: 0,
      endsAt: 0,
      pending: null,
      failureCount: 0,
      failure: null,
      droppedAt: -Infinity,
    }));
  }

  async function fetchToken(entry: Entry, credentials: ClientCredentials): Promise<AccessToken> {
    const askedAt = clock.now();
    const answer = await requestToken(credentials);
    entry.pending = null;
    if ('failure' in answer) {
      const ownPauseMs = Math.min(FIRST_PAUSE_MS * 2 ** entry.failureCount, LONGEST_PAUSE_MS);
      const pauseMs = Math.max(ownPauseMs, Math.min(answer.retryAfterMs ?? 0, LONGEST_ASKED_PAUSE_MS));
      entry.failureCount += 1;
      entry.failure = failed(answer.failure, clock.now() + pauseMs);
      return lastToken(entry) ?? entry.failure;
    }
    entry.failureCount = 0;
    entry.failure = null;
    const { token, grantedScope } = answer;
    entry.token = { token, ...(grantedScope === undefined ? {} : { grantedScope }) };
    const lifeMs = lifeMsOf(answer);
    const usedUntil = clock.now() + LEAST_USE_MS;
    entry.endsAt = Math.max(askedAt + lifeMs, usedUntil);
    entry.renewAt = Math.max(askedAt + lifeMs - Math.min(Math.max(LEAST_MARGIN_MS, lifeMs / 10), lifeMs / 2), usedUntil);
    return entry.token;
  }

  /** The token of before, while it holds. */
  function lastToken({ token, endsAt }: Entry): AccessToken | null {
    return clock.now() < endsAt ? token : null;
  }

  return {
    async get(credentials, signal) {
      const entry = entryFor(credentials);
      const now = clock.now();
      if (entry.token !== null && now < entry.renewAt) return entry.token;
      if (entry.pending === null && entry.failure !== null && now < entry.failure.notBefore!) return lastToken(entry) ?? entry.failure;
      entry.pending ??= fetchToken(entry, credentials);
      return unlessAborted(entry.pending, signal);
    },
    drop({ id, version }, token) {
      const entry = entries.get(entryKey(id, version));
      if (entry?.token?.token !== token) return true;
      const now = clock.elapsed();
      if (now - entry.droppedAt < LEAST_BETWEEN_RENEWALS_MS) return false;
      entry.droppedAt = now;
      entry.token = null;
      return true;
    },
  };
}

function entryKey(id: string, version: number): string {
  return `${id}@${version}`;
}

/** How long a token holds, counted from when it was asked for: the server's time starts somewhere between that and the answer. */
function lifeMsOf({ expiresInSeconds }: Token): number {
  return expiresInSeconds === null ? UNTOLD_LIFE_MS : Math.min(expiresInSeconds * 1000, LONGEST_LIFE_MS);
}

function failed(message: string, notBefore: number | null): AuthenticationFailed {
  return { kind: 'AUTHENTICATION_FAILED', message, notBefore };
}

/** What `pending` gives, or a failure as soon as `signal` is aborted; `pending` goes on for the others. */
function unlessAborted(pending: Promise<AccessToken>, signal: AbortSignal): Promise<AccessToken> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(failed('The time of the attempt was up before the token server answered.', null));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp);
    void pending.then((token) => {
      signal.removeEventListener('abort', giveUp);
      resolve(token);
    });
  });
}
