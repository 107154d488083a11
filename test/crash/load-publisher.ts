import type { ServerProcess } from '../support/server-process.js';
import { Backlog } from './backlog.js';
import type { Lives } from './lives.js';
import { type Draft, draftEvents } from './publish-drafts.js';

export interface LoadPublisherOptions {
  name: string;
  /** How many events each call publishes. */
  callSize: number;
  lives: Lives;
}

/** How many of its events the slowest hook may be behind. Those of three are more than a lane has in memory: the rest waits in the table. */
const BACKLOG_LIMIT = 50;

/** A client that publishes as fast as it is answered, and publishes again what it got no answer to. */
export class LoadPublisher {
  readonly backlog = new Backlog(BACKLOG_LIMIT);
  readonly #options: LoadPublisherOptions;
  #latest: Draft[] = [];
  #isUnanswered = false;
  #nextNumber = 1;
  /** How many answers kills have taken. */
  lostCount = 0;
  /** How many of the publishes behind them were on disk all the same. */
  keptCount = 0;

  constructor(options: LoadPublisherOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Publishes until it is over. It begins with its latest call, which comes to one event whether it was answered or not. */
  async publishUntil(server: ServerProcess, isOver: () => boolean): Promise<void> {
    const { name, callSize } = this.#options;
    let isAnswered = await this.publishAgain(server, isOver);
    while (isAnswered && !isOver()) {
      this.#latest = draftEvents(name, callSize, this.#nextNumber);
      this.#nextNumber += callSize;
      isAnswered = await this.#publishLatest(server, isOver);
      await this.backlog.room(isOver);
    }
  }

  /** Publishes the latest call again, with the same keys. Answers whether it was answered. */
  async publishAgain(server: ServerProcess, isOver: () => boolean): Promise<boolean> {
    return this.#latest.length === 0 || (await this.#publishLatest(server, isOver));
  }

  async #publishLatest(server: ServerProcess, isOver: () => boolean): Promise<boolean> {
    try {
      const answers = await this.#options.lives.publish(server, this.#latest);
      const isKept = answers.every(({ duplicate }) => duplicate);
      if (this.#isUnanswered && isKept) this.keptCount += 1;
      if (this.#isUnanswered || !isKept) this.backlog.published(answers.length);
      this.#isUnanswered = false;
      return true;
    } catch (error) {
      // What `fetch` throws when the connection breaks; it may break when the server is killed and at no other time.
      if (!isOver() || !(error instanceof TypeError)) throw error;
      this.lostCount += 1;
      this.#isUnanswered = true;
      return false;
    }
  }
}
