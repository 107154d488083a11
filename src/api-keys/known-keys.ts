import { timingSafeEqual } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.js';
import type { Clock } from '../clock.js';
import type { Tables } from '../database/connect.js';
import { admin, type Caller } from './caller.js';
import { hashOf, kindOf } from './key-text.js';
import { readKey, type StoredKey } from './read-key.js';

/** Why there is no caller. */
export type Refusal = 'ABSENT' | 'MALFORMED' | 'UNKNOWN' | 'REVOKED' | 'EXPIRED';

/** How long what was read of a key is taken for true, in milliseconds: so much longer may a revoked one be taken by another server. */
const KEPT_MS = 2000;

/** How many keys are held in memory, the least recently used go first. */
const KEPT_LIMIT = 10_000;

interface Kept {
  /** By the clock that never goes back. */
  readAt: number;
  found: Promise<StoredKey | undefined>;
  /** Whether it was found to be a key. */
  isKey: boolean;
}

export interface KnownKeysOptions {
  db: () => Tables;
  clock: Clock;
  /** Null where nobody is the admin. */
  adminApiKey: string | null;
}

/** Knows callers by their keys. What is spelled like no key costs no look at the database. */
export class KnownKeys {
  readonly #db: () => Tables;
  readonly #clock: Clock;
  readonly #adminKey: Buffer | null;
  readonly #kept = new BoundedCache<string, Kept>(KEPT_LIMIT);

  constructor({ db, clock, adminApiKey }: KnownKeysOptions) {
    this.#db = db;
    this.#clock = clock;
    this.#adminKey = adminApiKey === null ? null : Buffer.from(adminApiKey);
  }

  /** Whose key stands in `Bearer <key>`, or why it is nobody's. Throws what the database says where it can't be read. */
  async identify(authorization: string | undefined): Promise<Caller | Refusal> {
    if (authorization === undefined) return 'ABSENT';
    const key = keyIn(authorization);
    if (key === undefined) return 'MALFORMED';
    if (this.#isAdminKey(key)) return admin;

    const kind = kindOf(key);
    if (kind === undefined) return 'UNKNOWN';
    const keyHash = hashOf(key);
    const stored = await this.#find(keyHash, () => readKey(this.#db(), kind, keyHash));
    if (stored === undefined) return 'UNKNOWN';
    if (stored.isRevoked) return 'REVOKED';
    const { caller } = stored;
    return caller.expiresAt !== null && caller.expiresAt <= this.#clock.now() ? 'EXPIRED' : caller;
  }

  /** Whether this is an API key or a stream token that was seen here before. The admin's is not told: it may be one that people can guess. */
  hasSeen(authorization: string): boolean {
    const key = keyIn(authorization);
    return key !== undefined && kindOf(key) !== undefined && this.#kept.get(hashOf(key))?.isKey === true;
  }

  /** To be told right after the commit when a key was revoked here. */
  forget(): void {
    this.#kept.clear();
  }

  /** The time that takes says how long the key is, and nothing of how much of a wrong one was right. */
  #isAdminKey(key: string): boolean {
    if (this.#adminKey === null) return false;
    const given = Buffer.from(key);
    return given.length === this.#adminKey.length && timingSafeEqual(given, this.#adminKey);
  }

  /** Callers that come at the same moment share one look. */
  #find(keyHash: string, read: () => Promise<StoredKey | undefined>): Promise<StoredKey | undefined> {
    const now = this.#clock.elapsed();
    const kept = this.#kept.get(keyHash);
    if (kept !== undefined && now - kept.readAt < KEPT_MS) return kept.found;

    const found = read();
    const entry: Kept = { readAt: now, found, isKey: kept?.isKey ?? false };
    this.#kept.set(keyHash, entry);
    found.then(
      (stored) => {
        entry.isKey = stored !== undefined;
      },
      () => {
        if (this.#kept.get(keyHash) === entry) this.#kept.delete(keyHash);
      },
    );
    return found;
  }
}

/** The key in `Bearer <key>`; undefined where the header is of another form. */
function keyIn(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}
