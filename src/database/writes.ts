import type { Clock } from '../clock.js';
import { OverloadedError, type UnavailableError } from '../errors.js';
import { FailureKindsLog } from '../failure-log.js';
import type { Log } from '../log.js';
import { checkpointIfLong } from './checkpoint.js';
import type { EntityManager, Orm, Tables } from './connect.js';
import { inTransaction } from './in-transaction.js';
import { isPostgres } from './is-postgres.js';
import { lockHooks } from './lock-hooks.js';
import { type Piece, pieceOf, type Waiting } from './piece.js';
import { probeStorage } from './probe-storage.js';
import { runUntilAlone } from './run-again.js';
import { storageFaultOf, unavailable, unavailableSince } from './storage-fault.js';
import { type Outage, StorageWatch } from './storage-watch.js';
import { WriteRunner } from './write-runner.js';

/** What a write may use: the open transaction, and a way to say what is to be done once it is on disk. */
export interface WriteTransaction {
  readonly db: Tables;
  /**
   * Runs `told` right after the commit, before any other write begins: so what is told in memory comes in the order of
   * commits. It must not throw and must not wait.
   */
  afterCommit(told: () => void): void;
}

/** What is done in a transaction of its own. */
export type TransactionWork<Result> = (em: EntityManager, tx: WriteTransaction) => Promise<Result>;

/** Writes many items at once: one result for each item, in their order. Throws when none of them was written. */
export type WriteMany<Item, Result> = (tx: WriteTransaction, items: readonly Item[]) => Promise<readonly Result[]>;

/** As `WriteMany`, in two steps, for what needs lines of deliveries for itself (`lockHooks`). */
export type PlanMany<Item, Result> = (tx: WriteTransaction, items: readonly Item[]) => Promise<PlannedWrite<Result>>;

export interface PlannedWrite<Result> {
  /** The hooks whose lines are to be locked first. */
  orderedHookIds: readonly string[];
  write(): Promise<readonly Result[]>;
}

/** Asks for one write and answers once it is on disk. Throws an `UnavailableError` when the storage refuses it. */
export type WriteOne<Item, Result> = (item: Item) => Promise<Result>;

/** The most items that go into one transaction; what is over goes into the next. */
const BATCH_LIMIT = 500;

/** How many changes of configuration may wait at most: at one to five milliseconds each, what a server does in one to five seconds. */
const WAITING_CHANGES_LIMIT = 1000;

/** How soon a change that is refused for them may be tried again, in milliseconds. */
const RETRY_CHANGE_AFTER_MS = 1000;

/**
 * The only way to write. Writes that arrive together share one transaction, and so one sync of the disk, which is what
 * a durable write costs; each caller is answered after the commit. Transactions run one after the other, and
 * on PostgreSQL those of lanes beside the others in a second row.
 *
 * When a batch fails, its items are tried again one by one, so that one bad item fails alone. When it is the storage that
 * refuses it (a full disk, a lock), all its callers get an `UnavailableError` at once, and the storage is tried each second
 * until it takes writes again. What is asked for meanwhile is tried as it comes on SQLite, and refused at once on PostgreSQL,
 * where each try may wait long for an answer.
 *
 * The servers of a PostgreSQL database write side by side. A transaction that another one has come between is run again
 * from its start, so what it does besides writing must bear that.
 */
export class Writes {
  readonly #orm: Orm;
  readonly #failures: FailureKindsLog;
  readonly #isPostgres: boolean;
  readonly #storage: StorageWatch;
  readonly #runner: WriteRunner;
  readonly #besideRunner: WriteRunner;
  readonly #transactionListeners: Array<() => void> = [];
  /** Commits so far; a test counts them to show that writes share. */
  commitCount = 0;

  constructor(orm: Orm, clock: Clock, log: Log) {
    this.#orm = orm;
    this.#failures = new FailureKindsLog({ log, clock, line: 'batch.failed' });
    const db = orm.em.fork().getKysely();
    this.#isPostgres = isPostgres(db);
    const write = (pieces: readonly Piece[]) => this.#write(pieces);
    this.#runner = new WriteRunner(write, this.#isPostgres ? undefined : () => checkpointIfLong(db));
    this.#besideRunner = this.#isPostgres ? new WriteRunner(write) : this.#runner;
    this.#storage = new StorageWatch({ clock, log, askForProbe: () => this.#runner.addAlone(() => this.#probe()) });
  }

  /** The outage of the storage that is on; null when all is well. */
  get outage(): Outage | null {
    return this.#storage.outage;
  }

  /** Since when the storage refuses writes, in milliseconds since the epoch; null when all is well. */
  get failingSince(): number | null {
    return this.#storage.outage?.startedAt ?? null;
  }

  /** Calls `listener` each time that the storage takes writes again after it refused them. It must not throw. */
  onRecovered(listener: () => void): void {
    this.#storage.onRecovered(listener);
  }

  /** Calls `listener` right after the commit of each transaction of its own (`transaction`), before any other write begins. It must not throw. */
  onTransaction(listener: () => void): void {
    this.#transactionListeners.push(listener);
  }

  /** A kind of write that is done in batches. Lanes are written in the order in which they were made. */
  lane<Item, Result>(writeMany: WriteMany<Item, Result>): WriteOne<Item, Result> {
    return this.plannedLane(async (tx, items) => ({ orderedHookIds: [], write: () => writeMany(tx, items) }));
  }

  /** As `lane`, for what needs lines of deliveries for itself. */
  plannedLane<Item, Result>(planMany: PlanMany<Item, Result>): WriteOne<Item, Result> {
    return laneOf(this.#runner, planMany);
  }

  /**
   * As `plannedLane`, for what many wait for and what stands in no order with other writes: on PostgreSQL its transactions run beside theirs,
   * so that neither waits for the answers to the other's statements. SQLite has one writer.
   */
  laneBeside<Item, Result>(planMany: PlanMany<Item, Result>): WriteOne<Item, Result> {
    return laneOf(this.#besideRunner, planMany);
  }

  /**
   * One write in a transaction of its own, by entities: for the rare changes of configuration. Throws an `OverloadedError`
   * where very many of them wait already.
   */
  async transaction<Result>(work: TransactionWork<Result>): Promise<Result> {
    if (this.#runner.aloneCount >= WAITING_CHANGES_LIMIT) {
      throw new OverloadedError(
        `${WAITING_CHANGES_LIMIT} changes wait to be written, and no more are taken at the moment. Nothing was changed; try again.`,
        RETRY_CHANGE_AFTER_MS,
      );
    }
    return this.upkeep(work);
  }

  /** As `transaction`, for what the server does of itself, step by step: it waits for its turn, whatever waits before it. */
  upkeep<Result>(work: TransactionWork<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#runner.addAlone(async () => {
        try {
          const refusal = this.#refusalMeanwhile();
          if (refusal !== undefined) throw refusal;
          const { result, told } = await runUntilAlone(() => this.#runAlone(work));
          this.#committed([...this.#transactionListeners, ...told]);
          resolve(result);
        } catch (error) {
          reject(this.#refusalOf(error) ?? error);
        }
      });
    });
  }

  /** Waits until all that was asked for is written, or has failed. */
  async settle(): Promise<void> {
    while (this.#runner.isRunning || this.#besideRunner.isRunning) await Promise.all([this.#runner.settle(), this.#besideRunner.settle()]);
  }

  /** Settles, and tries the storage no more. */
  async close(): Promise<void> {
    this.#storage.close();
    await this.settle();
  }

  async #runAlone<Result>(work: TransactionWork<Result>) {
    const told: Array<() => void> = [];
    const result = await inTransaction(this.#orm, (em, db) => work(em, { db, afterCommit: (tell) => told.push(tell) }));
    return { result, told };
  }

  /** All is planned before anything is written: what the pieces lock, they lock together and in one order. */
  async #runTogether(pieces: readonly Piece[]): Promise<Array<() => void>> {
    const told: Array<() => void> = [];
    const transaction = this.#orm.em.fork().getKysely().transaction();
    await transaction.execute(async (db) => {
      const tx: WriteTransaction = { db, afterCommit: (tell) => told.push(tell) };
      const orderedHookIds: string[] = [];
      for (const piece of pieces) orderedHookIds.push(...(await piece.plan(tx)));
      await lockHooks(db, orderedHookIds);
      for (const piece of pieces) await piece.write();
    });
    return told;
  }

  /** Answers with what all the callers got when the storage refused it. */
  async #write(pieces: readonly Piece[]): Promise<UnavailableError | undefined> {
    const refusalMeanwhile = this.#refusalMeanwhile();
    if (refusalMeanwhile !== undefined) return failAll(pieces, refusalMeanwhile);
    let told: Array<() => void>;
    try {
      told = await runUntilAlone(() => this.#runTogether(pieces));
    } catch (error) {
      const refusal = this.#refusalOf(error);
      if (refusal === undefined) return this.#writeOneByOne(pieces, error);
      return failAll(pieces, refusal);
    }
    this.#committed(told);
    for (const piece of pieces) piece.succeed();
    return undefined;
  }

  async #writeOneByOne(pieces: readonly Piece[], error: unknown): Promise<UnavailableError | undefined> {
    const singles = pieces.flatMap((piece) => piece.split());
    if (singles.length === 1) {
      singles[0]!.fail(error);
      return undefined;
    }
    this.#failures.failed(error, { itemCount: singles.length });
    let refusal: UnavailableError | undefined;
    for (const single of singles) {
      // What is refused for the storage's sake would be refused again, each time after a wait.
      if (refusal === undefined) refusal = await this.#write([single]);
      else single.fail(refusal);
    }
    return refusal;
  }

  /** What the callers get at once while an outage is on, on PostgreSQL. */
  #refusalMeanwhile(): UnavailableError | undefined {
    return this.#isPostgres && this.outage !== null ? unavailableSince(this.outage) : undefined;
  }

  /** What the callers get where it is the storage that failed; undefined where what they wrote did. */
  #refusalOf(error: unknown): UnavailableError | undefined {
    const fault = storageFaultOf(error);
    if (fault === undefined) return undefined;
    this.#storage.begins(fault);
    return unavailable(fault);
  }

  async #probe(): Promise<void> {
    try {
      await probeStorage(this.#orm.em.fork().getKysely());
    } catch (error) {
      this.#storage.goesOn(error);
      return;
    }
    this.#storage.ends();
  }

  #committed(told: ReadonlyArray<() => void>): void {
    this.commitCount += 1;
    for (const tell of told) tell();
  }
}

function laneOf<Item, Result>(runner: WriteRunner, planMany: PlanMany<Item, Result>): WriteOne<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  const changed = runner.addLane(() => (waiting.length === 0 ? undefined : pieceOf(planMany, waiting.splice(0, BATCH_LIMIT))));
  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      changed();
    });
}

function failAll(pieces: readonly Piece[], refusal: UnavailableError): UnavailableError {
  for (const piece of pieces) piece.fail(refusal);
  return refusal;
}
