import type { Caller } from '../api-keys/caller.js';
import type { Clock } from '../clock.js';
import type { FailureLog } from '../failure-log.js';

/** How often the keys of open connections are looked at, in milliseconds. */
const LOOK_INTERVAL_MS = 2000;

export interface SocketKeysOptions {
  clock: Clock;
  failures: FailureLog;
  /** Which of these API keys are revoked by now. */
  readRevoked: (apiKeyIds: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** A connection that can be ended. */
interface Closable {
  close(code: number, reason: string): void;
}

/**
 * Ends connections whose key has expired or was revoked, within seconds and at whatever server. Where the database can't be read
 * they stay, and are looked at again.
 */
export class SocketKeys {
  readonly #options: SocketKeysOptions;
  readonly #open = new Map<Closable, Caller>();
  #cancelTimer: (() => void) | undefined;
  #isReading = false;

  constructor(options: SocketKeysOptions) {
    this.#options = options;
  }

  /** To be told of each connection that has shown a key. The admin's is looked at no more. */
  add(connection: Closable, caller: Caller): void {
    if (caller.kind === 'ADMIN') return;
    this.#open.set(connection, caller);
    this.#lookLater();
  }

  remove(connection: Closable): void {
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
    for (const [connection, { expiresAt }] of this.#open)
      if (expiresAt !== null && expiresAt <= now) this.#end(connection, 'The key has expired');
  }

  async #endRevoked(): Promise<void> {
    const { failures, readRevoked } = this.#options;
    this.#isReading = true;
    const ids = new Set([...this.#open.values()].map(({ apiKeyId }) => apiKeyId).filter((id) => id !== null));
    try {
      const revoked: ReadonlySet<string | null> = ids.size === 0 ? new Set() : await readRevoked([...ids]);
      failures.succeeded();
      for (const [connection, { apiKeyId }] of this.#open) if (revoked.has(apiKeyId)) this.#end(connection, 'The key was revoked');
    } catch (error) {
      failures.failed(error);
    }
    this.#isReading = false;
  }

  #end(connection: Closable, reason: string): void {
    this.#open.delete(connection);
    connection.close(4403, reason);
  }
}
