import type { Clock } from '../clock.js';
import type { ClientCredentials } from './attempt.js';
import { BoundedCache } from '../bounded-cache.js';
import type { AuthenticationFailed } from './outcome.js';
import type { Token, TokenAnswer } from './token-answer.js';

/** A token is renewed before its end by this much or a tenth of its life, whichever is more: it must outlast the request. */
const LEAST_MARGIN_MS = 30_000;

/** A longer life is taken for a mistake: the server may have meant milliseconds. */
const LONGEST_LIFE_MS = 24 * 60 * 60 * 1000;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** How many authentications are remembered, the least recently used forgotten first. */
const KEPT_LIMIT = 10_000;

/** A token to send with, or why there is none. */
export type AccessToken = { token: string } | AuthenticationFailed;

/** The access tokens of all authentications, asked for as seldom as possible. */
export interface AccessTokens {
  /**
   * A token for these credentials. All who ask at once share one request, which has its own time and goes on without those
   * whose `signal` is aborted. After a failure the token server is left alone for 1 s, doubling to 30 s; whoever asks
   * meanwhile gets the token of before while it holds, or else that failure at once, with the end of the pause as
   * `notBefore`. Never rejects.
   */
  get(credentials: ClientCredentials, signal: AbortSignal): Promise<AccessToken>;
  /** Forgets `token`, which a receiver has refused, unless a newer one is already in its place. */
  drop(credentials: ClientCredentials, token: string): void;
}

export interface AccessTokensOptions {
  clock: Clock;
  /** Asks the token server, once. Must not reject. */
  requestToken: (credentials: ClientCredentials) => Promise<TokenAnswer>;
}

/** What is known for one version of one authentication. */
interface Entry {
  token: string | null;
  /** From when on a new token is asked for. */
  renewAt: number;
  /** From when on the token is of no use. While no new one can be had, it is given out until then. */
  endsAt: number;
  pending: Promise<AccessToken> | null;
  failureCount: number;
  failure: AuthenticationFailed | null;
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
    }));
  }

  async function fetchToken(entry: Entry, credentials: ClientCredentials): Promise<AccessToken> {
    const askedAt = clock.now();
    const answer = await requestToken(credentials);
    entry.pending = null;
    if ('failure' in answer) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** entry.failureCount, LONGEST_PAUSE_MS);
      entry.failureCount += 1;
      entry.failure = failed(answer.failure, clock.now() + pauseMs);
      return lastToken(entry) ?? entry.failure;
    }
    entry.failureCount = 0;
    entry.failure = null;
    entry.token = answer.token;
    // A token that is not to be kept has its end behind it; those who wait for this very request still get it.
    entry.endsAt = askedAt + lifeMsOf(answer);
    entry.renewAt = entry.endsAt - Math.max(LEAST_MARGIN_MS, lifeMsOf(answer) / 10);
    return { token: answer.token };
  }

  /** The token of before, while it holds. */
  function lastToken({ token, endsAt }: Entry): AccessToken | null {
    return token !== null && clock.now() < endsAt ? { token } : null;
  }

  return {
    async get(credentials, signal) {
      const entry = entryFor(credentials);
      const now = clock.now();
      if (entry.token !== null && now < entry.renewAt) return { token: entry.token };
      if (entry.pending === null && entry.failure !== null && now < entry.failure.notBefore!) return lastToken(entry) ?? entry.failure;
      entry.pending ??= fetchToken(entry, credentials);
      return unlessAborted(entry.pending, signal);
    },
    drop({ id, version }, token) {
      const entry = entries.get(entryKey(id, version));
      if (entry?.token === token) entry.token = null;
    },
  };
}

function entryKey(id: string, version: number): string {
  return `${id}@${version}`;
}

/** How long a token holds, counted from when it was asked for: the server's time starts somewhere between that and the answer. */
function lifeMsOf({ expiresInSeconds }: Token): number {
  return expiresInSeconds === null ? 0 : Math.min(expiresInSeconds * 1000, LONGEST_LIFE_MS);
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
