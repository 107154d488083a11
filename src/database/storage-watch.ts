import type { Clock } from '../clock.js';
import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';
import { type StorageFault, storageFaultOf } from './storage-fault.js';

/** A time in which the storage refuses writes. */
export interface Outage {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** What it refused the last write for: `disk full`. */
  readonly reason: string;
}

export interface StorageWatchOptions {
  clock: Clock;
  log: Log;
  /** Asks for a write that shows how the storage is; what it comes to is told by `ends` or `goesOn`. */
  askForProbe: () => void;
}

/** How long to wait before the storage is tried again, in milliseconds. */
const PAUSE_MS = 1000;

/**
 * Knows whether the storage takes writes. An outage begins with the first write that is refused for the storage's sake
 * and ends with a probe alone: what callers write may turn out to change nothing, or be small enough for a last bit of disk.
 */
export class StorageWatch {
  readonly #options: StorageWatchOptions;
  readonly #listeners: Array<() => void> = [];
  readonly #unprobed: FailureLog;
  #outage: Outage | null = null;
  #cancelProbe = () => {};
  #isClosed = false;

  constructor(options: StorageWatchOptions) {
    this.#options = options;
    const { log, clock } = options;
    this.#unprobed = new FailureLog({ log, clock, line: 'database.unprobed', level: 'error' });
  }

  /** Null when all is well. */
  get outage(): Outage | null {
    return this.#outage;
  }

  /** Calls `listener` each time that an outage has ended. It must not throw. */
  onRecovered(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** A write was refused. */
  begins({ reason, error }: StorageFault): void {
    const { clock, log } = this.#options;
    if (this.#outage === null) {
      log.error({ err: error }, 'database.failing');
      this.#probeLater();
    }
    this.#outage = { startedAt: this.#outage?.startedAt ?? clock.now(), reason };
  }

  /** A probe failed. */
  goesOn(error: unknown): void {
    const fault = storageFaultOf(error);
    // Not the storage's doing, so a mistake of the probe's: without a word the outage would seem to go on for ever.
    if (fault === undefined) this.#unprobed.failed(error);
    else this.begins(fault);
    this.#probeLater();
  }

  /** A probe was written. */
  ends(): void {
    if (this.#outage === null) return;
    const durationMs = this.#options.clock.now() - this.#outage.startedAt;
    this.#outage = null;
    this.#unprobed.succeeded();
    this.#options.log.info({ durationMs }, 'database.recovered');
    for (const listener of this.#listeners) listener();
  }

  /** Asks for no more probes. */
  close(): void {
    this.#isClosed = true;
    this.#cancelProbe();
  }

  #probeLater(): void {
    this.#cancelProbe();
    if (!this.#isClosed) this.#cancelProbe = this.#options.clock.after(PAUSE_MS, this.#options.askForProbe);
  }
}
