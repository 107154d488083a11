import pg from 'pg';
import type { Clock } from '../clock.js';
import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';

export interface ListeningOptions {
  url: string;
  channel: string;
  /** How long an answer may take, in milliseconds: then the connection is dead. */
  answerMs: number;
  clock: Clock;
  log: Log;
  /** It listens now, for the first time or again; what was said before may have been missed. */
  onListening: () => void;
  onNotification: (text: string) => void;
}

/** How long to wait before a connection that broke is made anew, in milliseconds. */
const PAUSE_MS = 1000;

/** How often the connection is tried, in milliseconds: one that died without a word brings nothing, and looks as if nothing was said. */
const TRY_INTERVAL_MS = 5000;

/** A connection to PostgreSQL that listens on a channel, and is made anew whenever it breaks. */
export class ListeningConnection {
  readonly #options: ListeningOptions;
  readonly #failures: FailureLog;
  #client: pg.Client | undefined;
  #cancelTimer = () => {};
  #isClosed = false;

  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#failures = new FailureLog({ log: options.log, clock: options.clock, line: 'notifications.interrupted' });
  }

  /** Answers once it listens, or the first try has failed; the next ones follow by themselves. */
  async start(): Promise<void> {
    if (this.#isClosed) return;
    const { url, channel, answerMs, onListening, onNotification } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      keepAlive: true,
      application_name: 'hookgraph (listening)',
    });
    this.#client = client;
    let reason: unknown = new Error('The connection that listens has ended.');
    client.on('error', (error) => void (reason = error));
    client.on('notification', ({ payload = '' }) => onNotification(payload));
    // The one sign that comes always, whatever else a connection may say before: that it has ended.
    client.once('end', () => {
      this.#cancelTimer();
      this.#client = undefined;
      if (this.#isClosed) return;
      this.#failures.failed(reason);
      this.#cancelTimer = this.#options.clock.after(PAUSE_MS, () => void this.start());
    });
    try {
      await client.connect();
      await client.query(`listen "${channel}"`);
    } catch (error) {
      reason = error;
      end(client);
      return;
    }
    // It may have been closed, or have broken, while the answer was on its way.
    if (this.#isClosed || this.#client !== client) return;
    this.#failures.succeeded();
    this.#tryLater(client);
    onListening();
  }

  /** Ends it without a farewell, which one that is dead would not hear. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#failures.close();
    const client = this.#client;
    if (client === undefined) return;
    // Not `once`, which fails by the error that comes with it.
    await new Promise<void>((resolve) => {
      client.once('end', () => resolve());
      end(client);
    });
  }

  #tryLater(client: pg.Client): void {
    this.#cancelTimer = this.#options.clock.after(TRY_INTERVAL_MS, () => {
      client.query('select 1').then(
        () => {
          if (!this.#isClosed && this.#client === client) this.#tryLater(client);
        },
        () => end(client),
      );
    });
  }
}

function end(client: pg.Client): void {
  client.connection.stream.destroy();
}
