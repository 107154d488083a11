import type { Log } from '../log.js';
import type { EntityManager, Orm, Tables } from './connect.js';

/** What a write may use: the open transaction, and a way to say what is to be done once it is on disk. */
export interface WriteTransaction {
  readonly db: Tables;
  /**
   * Runs `told` right after the commit, before any other write begins: so what is told in memory comes in the order of
   * commits. It must not throw and must not wait.
   */
  afterCommit(told: () => void): void;
}

/** Writes many items at once: one result for each item, in their order. Throws when none of them was written. */
export type WriteMany<Item, Result> = (tx: WriteTransaction, items: readonly Item[]) => Promise<readonly Result[]>;

/** Asks for one write and answers once it is on disk. */
export type WriteOne<Item, Result> = (item: Item) => Promise<Result>;

/** The most items that go into one transaction; what is over goes into the next. */
const BATCH_LIMIT = 500;

interface Lane {
  take(): Piece | undefined;
}

/** Some items of one lane with the callers who wait for them. */
interface Piece {
  write(tx: WriteTransaction): Promise<void>;
  succeed(): void;
  fail(error: unknown): void;
  /** The same items, one by one. */
  split(): Piece[];
}

/**
 * The only way to write. Writes that arrive together share one transaction, and so one sync of the disk, which is what
 * a durable write costs; each caller is answered after the commit. Transactions run one after the other.
 *
 * When a batch fails, its items are tried again one by one, so that one bad item fails alone.
 */
export class Writes {
  readonly #orm: Orm;
  readonly #log: Log;
  readonly #lanes: Lane[] = [];
  readonly #alone: Array<() => Promise<void>> = [];
  #running: Promise<void> | undefined;
  /** Commits so far; a test counts them to show that writes share. */
  commitCount = 0;

  constructor(orm: Orm, log: Log) {
    this.#orm = orm;
    this.#log = log;
  }

  /** A kind of write that is done in batches. Lanes are written in the order in which they were made. */
  lane<Item, Result>(writeMany: WriteMany<Item, Result>): WriteOne<Item, Result> {
    const waiting: Waiting<Item, Result>[] = [];
    this.#lanes.push({
      take: () => (waiting.length === 0 ? undefined : pieceOf(writeMany, waiting.splice(0, BATCH_LIMIT))),
    });
    return (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        this.#start();
      });
  }

  /** One write in a transaction of its own, by entities: for the rare changes of configuration. */
  transaction<Result>(work: (em: EntityManager, tx: WriteTransaction) => Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#alone.push(async () => {
        const told: Array<() => void> = [];
        try {
          const result = await this.#orm.em
            .fork()
            .transactional((em) => work(em, { db: em.getKysely(), afterCommit: (tell) => told.push(tell) }));
          this.#committed(told);
          resolve(result);
        } catch (error) {
          reject(error);
        }
      });
      this.#start();
    });
  }

  /** Waits until all that was asked for is written. */
  async settle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      // One turn of the event loop gathers what the sockets hold by now into the same transaction.
      await new Promise(setImmediate);
      const alone = this.#alone.shift();
      if (alone !== undefined) {
        await alone();
        continue;
      }
      const pieces = this.#lanes.map((lane) => lane.take()).filter((piece) => piece !== undefined);
      if (pieces.length === 0) {
        // In the same step as the look: a write that is asked for from now on starts a new run.
        this.#running = undefined;
        return;
      }
      await this.#write(pieces);
    }
  }

  async #write(pieces: readonly Piece[]): Promise<void> {
    const told: Array<() => void> = [];
    try {
      await this.#orm.em
        .fork()
        .getKysely()
        .transaction()
        .execute(async (db) => {
          for (const piece of pieces) await piece.write({ db, afterCommit: (tell) => told.push(tell) });
        });
    } catch (error) {
      const singles = pieces.flatMap((piece) => piece.split());
      if (singles.length > 1) {
        this.#log.warn({ err: error, itemCount: singles.length }, 'batch.failed');
        for (const single of singles) await this.#write([single]);
      } else {
        singles[0]!.fail(error);
      }
      return;
    }
    this.#committed(told);
    for (const piece of pieces) piece.succeed();
  }

  #committed(told: ReadonlyArray<() => void>): void {
    this.commitCount += 1;
    for (const tell of told) tell();
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

function pieceOf<Item, Result>(writeMany: WriteMany<Item, Result>, waiting: readonly Waiting<Item, Result>[]): Piece {
  let results: readonly Result[] = [];
  return {
    async write(tx) {
      results = await writeMany(
        tx,
        waiting.map(({ item }) => item),
      );
    },
    succeed() {
      waiting.forEach(({ resolve }, index) => resolve(results[index]!));
    },
    fail(error) {
      for (const { reject } of waiting) reject(error);
    },
    split: () => waiting.map((one) => pieceOf(writeMany, [one])),
  };
}
