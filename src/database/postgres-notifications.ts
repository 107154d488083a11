import { sql } from 'kysely';
import { FailureLog } from '../failure-log.js';
import { Pauses } from '../pauses.js';
import { HearingTrial } from './hearing-trial.js';
import { ListeningConnection } from './listening-connection.js';
import { readTold, writeTold } from './notification-text.js';
import type { NotificationListener, NotificationParts, Notifications, Topic } from './notifications.js';

export interface PostgresNotificationOptions extends NotificationParts {
  pollIntervalMs: number;
  /** How long an answer to the connection that listens may take, in milliseconds. */
  answerMs: number;
  /** Where to listen; undefined: nothing is told and nothing listened to, since a transaction pooler would lose it. */
  listenAt: string | undefined;
}

/** Of NOTIFY, in the servers' database. */
const CHANNEL = 'hookgraph';

/** How long what is to be told waits for more, in milliseconds. A notification costs a statement, and each of them goes to every server. */
const GATHER_MS = 2;

/** Notifications by LISTEN and NOTIFY. */
export class PostgresNotifications implements Notifications {
  readonly #options: PostgresNotificationOptions;
  readonly #listeners: NotificationListener[] = [];
  readonly #connection: ListeningConnection | undefined;
  readonly #failures: FailureLog;
  readonly #trial: HearingTrial;
  readonly #gathering: Pauses;
  readonly #topics = new Set<Topic>();
  readonly #hookIds = new Set<string>();
  /** The statement that tells, or the time until it is sent; undefined while there is nothing to tell. */
  #telling: Promise<void> | undefined;
  #cancelLook = () => {};
  #isClosed = false;

  constructor(options: PostgresNotificationOptions) {
    this.#options = options;
    const { listenAt, answerMs, serverId, clock, log } = options;
    this.#failures = new FailureLog({ log, clock, line: 'notifications.untold' });
    this.#gathering = new Pauses(clock);
    this.#trial = new HearingTrial({ clock, log, say: () => this.#notify([serverId]) });
    if (listenAt === undefined) return;
    this.#connection = new ListeningConnection({
      url: listenAt,
      channel: CHANNEL,
      answerMs,
      clock,
      log,
      onListening: () => {
        this.#look();
        this.#trial.start();
      },
      onNotification: (text) => this.#heard(text),
    });
  }

  tell(topic: Topic, hookIds: readonly string[] = []): void {
    if (this.#connection === undefined || this.#isClosed) return;
    this.#topics.add(topic);
    for (const id of hookIds) this.#hookIds.add(id);
    this.#telling ??= this.#gatherAndTell();
  }

  on(listener: NotificationListener): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    this.#lookLater();
    await this.#connection?.start();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    this.#gathering.stop();
    await Promise.all([this.#telling, this.#trial.close()]);
    await this.#connection?.close();
    this.#failures.close();
  }

  async #gatherAndTell(): Promise<void> {
    while (this.#topics.size > 0) {
      await this.#gathering.wait(GATHER_MS);
      await this.#tellGathered();
    }
    // In the same step as the look: what is to be told from now on begins anew.
    this.#telling = undefined;
  }

  async #tellGathered(): Promise<void> {
    const { serverId } = this.#options;
    const texts = writeTold({ serverId, topics: [...this.#topics], hookIds: [...this.#hookIds] });
    this.#topics.clear();
    this.#hookIds.clear();
    try {
      await this.#notify(texts);
      this.#failures.succeeded();
    } catch (error) {
      // It is not told again: whoever misses it looks by himself, before a database that is away is back.
      this.#failures.failed(error);
    }
  }

  async #notify(texts: readonly string[]): Promise<void> {
    await sql`select pg_notify(${CHANNEL}, told) from unnest(${texts}::text[]) as told`.execute(this.#options.db());
  }

  #heard(text: string): void {
    if (text === this.#options.serverId) this.#trial.end();
    const told = readTold(text);
    if (told === undefined || told.serverId === this.#options.serverId || this.#isClosed) return;
    for (const topic of told.topics) {
      for (const listener of this.#listeners) listener.told(topic, topic === 'hooks' ? told.hookIds : []);
    }
  }

  #look(): void {
    if (!this.#isClosed) for (const listener of this.#listeners) listener.look();
  }

  #lookLater(): void {
    this.#cancelLook = this.#options.clock.after(this.#options.pollIntervalMs, () => {
      this.#lookLater();
      this.#look();
    });
  }
}
