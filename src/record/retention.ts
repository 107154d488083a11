import type { Clock } from '../clock.js';
import type { Writes, WriteTransaction } from '../database/writes.js';
import type { Log } from '../log.js';
import { Pauses } from '../pauses.js';
import { FRESH_MS } from '../watch/follower.js';
import { expireNextAudit } from './expire-audit.js';
import { expireNextHealth } from './expire-health.js';
import { expireNextKeys } from './expire-keys.js';
import { expireNextTokens } from './expire-tokens.js';
import { FIRST_PLACE, type RemovedCounts, retireNextEvents, ROW_LIMIT } from './retire-events.js';

export interface RetentionOptions {
  writes: Pick<Writes, 'upkeep'>;
  clock: Clock;
  log: Log;
  /** How long events are kept after they were published, with all that belongs to them. */
  retentionMs: number;
  /** How long the records of the audit log are kept. */
  auditRetentionMs: number;
  /** How long an idempotency key finds its event. */
  idempotencyWindowMs: number;
  /** How long an attempt may be on the wire. */
  attemptTimeoutMs: number;
  /** Whether this server is the one that does it: among several, one is enough. */
  doesChores: () => boolean;
}

/** A start has enough to do without it. */
const FIRST_PASS_MS = 60_000;

const PASS_INTERVAL_MS = 60 * 60_000;

/** What other writes have to themselves after each step: about half of the time. */
const PAUSE_MS = 10;

/**
 * How long the record of an attempt may come after its timeout, and how long servers may tell subscribers of a change from
 * memory, twice over for clocks that differ.
 */
const SETTLED_MS = Math.max(60_000, 2 * FRESH_MS);

/**
 * Removes what has grown old: events with their deliveries, attempts and log entries, once all their deliveries are final,
 * idempotency keys and stream tokens that have run out, and records of the audit log. It goes through them in passes, from the oldest
 * on, in steps that are short transactions of their own. A pass that is cut off, by a stop, a crash or a failing database, is no loss: the next one
 * begins with what is left.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #pauses: Pauses;
  #passing: Promise<void> | undefined;
  #cancelTimer = () => {};

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock);
  }

  /** Begins the first pass a minute from now, and each further one an hour after the last has ended. */
  start(): void {
    this.#passIn(FIRST_PASS_MS);
  }

  /** Ends the pass after the step under way; answers when that is on disk. */
  async stop(): Promise<void> {
    this.#pauses.stop();
    this.#cancelTimer();
    await this.#passing;
  }

  #passIn(ms: number): void {
    if (this.#pauses.isStopped) return;
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      this.#passing = this.#pass().then(() => this.#passIn(PASS_INTERVAL_MS));
    });
  }

  async #pass(): Promise<void> {
    const { clock, log, doesChores } = this.#options;
    if (!doesChores()) return;
    const startedAt = clock.now();
    const counts: RemovedCounts = {
      eventCount: 0,
      deliveryCount: 0,
      attemptCount: 0,
      changeCount: 0,
      idempotencyKeyCount: 0,
      healthChangeCount: 0,
      streamTokenCount: 0,
      auditRecordCount: 0,
    };
    try {
      for await (const removed of this.#steps(startedAt)) add(counts, removed);
    } catch (error) {
      log.error({ err: error, ...counts, durationMs: clock.now() - startedAt }, 'retention.failed');
      return;
    }
    if (Object.values(counts).some((count) => count > 0)) log.info({ ...counts, durationMs: clock.now() - startedAt }, 'retention.passed');
  }

  /** What is old at `now`, step by step. The place goes with the pass: events that must stay are looked at once in it. */
  async *#steps(now: number): AsyncGenerator<Partial<RemovedCounts>> {
    const { writes, retentionMs, auditRetentionMs, idempotencyWindowMs, attemptTimeoutMs } = this.#options;
    yield* this.#slices('idempotencyKeyCount', (tx) => expireNextKeys(tx, now - idempotencyWindowMs));
    yield* this.#slices('streamTokenCount', (tx) => expireNextTokens(tx, now));
    yield* this.#slices('auditRecordCount', (tx) => expireNextAudit(tx, now - auditRetentionMs));
    yield* this.#slices('healthChangeCount', (tx) => expireNextHealth(tx, now - retentionMs));

    const rule = { publishedBeforeAt: now - retentionMs, changedBeforeAt: now - attemptTimeoutMs - SETTLED_MS };
    let place: string | null = FIRST_PLACE;
    while (place !== null && !this.#pauses.isStopped) {
      const from: string = place;
      const step = await writes.upkeep((_, tx) => retireNextEvents(tx, from, rule));
      yield step.removed;
      place = step.place;
      await this.#pauses.wait(PAUSE_MS);
    }
  }

  /** Deletes slice after slice until one is not full. */
  async *#slices(name: keyof RemovedCounts, deleteNext: (tx: WriteTransaction) => Promise<number>): AsyncGenerator<Partial<RemovedCounts>> {
    for (let count = ROW_LIMIT; count === ROW_LIMIT && !this.#pauses.isStopped; await this.#pauses.wait(PAUSE_MS)) {
      count = await this.#options.writes.upkeep((_, tx) => deleteNext(tx));
      yield { [name]: count };
    }
  }
}

function add(counts: RemovedCounts, removed: Partial<RemovedCounts>): void {
  for (const [name, count] of Object.entries(removed)) counts[name as keyof RemovedCounts] += count;
}
