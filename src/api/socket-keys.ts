import type { Caller } from '../api-keys/caller.js';
import type { Clock } from '../clock.js';
import type { FailureLog } from '../failure-log.js';
import { isoTime } from '../iso-time.js';
import { type Closing, keyExpired, keyRevoked } from './close-codes.js';

/** How often the keys of open connections are looked at, in milliseconds. */
const LOOK_INTERVAL_MS = 2000;

/** How long before a key expires the client on its connection is told, in milliseconds, or up to one look sooner. */
const WARNING_MS = 60_000;

export interface SocketKeysOptions {
  clock: Clock;
  failures: FailureLog;
  /** Which of these API keys are revoked by now. */
  readRevoked: (apiKeyIds: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** A connection whose key is looked at. */
export interface WatchedConnection {
  close(closing: Closing): void;
  /** Sends a ping of graphql-transport-ws, which may have any payload. */
  ping(payload: ExpiryWarning): void;
}

/** What a client is told before its key expires. The seconds are for clients whose clocks are wrong. */
export interface ExpiryWarning {
  keyExpiresAt: string;
  keyExpiresInSeconds: number;
}

interface Watched {
  caller: Caller;
  isWarned: boolean;
}

/**
 * Ends connections whose key has expired or was revoked, within seconds and at whatever server, and says beforehand that one will
 * expire. Where the database can't be read they stay, and are looked at again.
 */
export class SocketKeys {
  readonly #options: SocketKeysOptions;
  readonly #open = new Map<WatchedConnection, Watched>();
  #cancelTimer: (() => void) | undefined;
  #isReading = false;

  constructor(options: SocketKeysOptions) {
    this.#options = options;
  }

  /** To be told of each connection that has shown a key. The admin's is looked at no more. */
  add(connection: WatchedConnection, caller: Caller): void {
    if (caller.kind === 'ADMIN') return;
    this.#open.set(connection, { caller, isWarned: false });
    this.#lookLater();
  }

  remove(connection: WatchedConnection): void {
    this.#open.delete(connection);
  }

  close(): void {
    this.#cancelTimer?.();
    this.#open.clear();
  }

  #lookLater(): void {
    this.#cancelTimer ??= this.#options.clock.after(LOOK_INTERVAL_MS, () => {
      this.#cancelTimer = undefined;
      this.#endExpired();
      if (this.#open.size === 0) return;
      this.#lookLater();
      // A database that is slow to answer is not asked once more meanwhile.
      if (!this.#isReading) void this.#endRevoked();
    });
  }

  #endExpired(): void {
    const now = this.#options.clock.now();
    for (const [connection, watched] of this.#open) {
      const { expiresAt } = watched.caller;
      if (expiresAt === null) continue;
      if (expiresAt <= now) this.#end(connection, keyExpired);
      else if (!watched.isWarned && expiresAt - now < WARNING_MS + LOOK_INTERVAL_MS) {
        watched.isWarned = true;
        connection.ping({ keyExpiresAt: isoTime(expiresAt), keyExpiresInSeconds: Math.floor((expiresAt - now) / 1000) });
      }
    }
  }

  async #endRevoked(): Promise<void> {
    const { failures, readRevoked } = this.#options;
    this.#isReading = true;
    const ids = new Set([...this.#open.values()].map(({ caller }) => caller.apiKeyId).filter((id) => id !== null));
    try {
      const revoked: ReadonlySet<string | null> = ids.size === 0 ? new Set() : await readRevoked([...ids]);
      failures.succeeded();
      for (const [connection, { caller }] of this.#open) if (revoked.has(caller.apiKeyId)) this.#end(connection, keyRevoked);
    } catch (error) {
      failures.failed(error);
    }
    this.#isReading = false;
  }

  #end(connection: WatchedConnection, closing: Closing): void {
    this.#open.delete(connection);
    connection.close(closing);
  }
}
