import BetterSqlite, { type Database } from 'better-sqlite3';

/** What must be kept of a delivery so that none is lost and each attempt is known; found by its id alone. */
const TABLES = `
  create table events (id text primary key, organization_id text, type text, payload text, created_at integer);
  create table deliveries (id text primary key, event_id text, status text, attempt_count integer, updated_at integer);
  create table attempts (id text primary key, delivery_id text, number integer, started_at integer, duration_ms integer, status integer)`;

/** How long a commit waits for more to share it with, in milliseconds. */
const GATHERING_MS = 2;

export interface BareEvent {
  id: string;
  organizationId: string;
  type: string;
  payload: string;
  deliveryId: string;
}

export interface BareAttempt {
  id: string;
  deliveryId: string;
  startedAt: number;
  durationMs: number;
  status: number;
}

/** SQLite as durable as the server's, with many writes to a commit, and nothing else. */
export class BareStore implements Disposable {
  readonly #database: Database;
  readonly #publish: (event: BareEvent) => void;
  readonly #record: (attempt: BareAttempt) => void;
  readonly #writeAll: (writes: ReadonlyArray<() => void>) => void;
  #waiting: Array<{ write: () => void; written: PromiseWithResolvers<void> }> = [];

  constructor(file: string) {
    const database = new BetterSqlite(file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec(TABLES);
    const insertEvent = database.prepare('insert into events values (?, ?, ?, ?, ?)');
    const insertDelivery = database.prepare("insert into deliveries values (?, ?, 'PENDING', 0, ?)");
    const insertAttempt = database.prepare('insert into attempts values (?, ?, 1, ?, ?, ?)');
    const endDelivery = database.prepare("update deliveries set status = 'DELIVERED', attempt_count = 1, updated_at = ? where id = ?");
    this.#database = database;
    this.#publish = ({ id, organizationId, type, payload, deliveryId }) => {
      const now = Date.now();
      insertEvent.run(id, organizationId, type, payload, now);
      insertDelivery.run(deliveryId, id, now);
    };
    this.#record = ({ id, deliveryId, startedAt, durationMs, status }) => {
      insertAttempt.run(id, deliveryId, startedAt, durationMs, status);
      endDelivery.run(Date.now(), deliveryId);
    };
    this.#writeAll = database.transaction((writes: ReadonlyArray<() => void>) => {
      for (const write of writes) write();
    }).immediate;
  }

  /** Answers when the event and its delivery are on disk. */
  publish(event: BareEvent): Promise<void> {
    return this.#write(() => this.#publish(event));
  }

  /** Answers when the attempt is on disk, with its delivery's end. */
  record(attempt: BareAttempt): Promise<void> {
    return this.#write(() => this.#record(attempt));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #write(write: () => void): Promise<void> {
    if (this.#waiting.length === 0) setTimeout(() => this.#commit(), GATHERING_MS);
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ write, written });
    return written.promise;
  }

  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      this.#writeAll(waiting.map(({ write }) => write));
      for (const { written } of waiting) written.resolve();
    } catch (error) {
      for (const { written } of waiting) written.reject(error);
    }
  }
}
