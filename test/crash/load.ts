import type { Exchange, Script } from '../support/receiver.js';
import type { ServerProcess } from '../support/server-process.js';
import { authenticationAt, type TokenServer } from '../support/token-server.js';
import type { Lives } from './lives.js';
import { LoadPublisher } from './load-publisher.js';
import { seededFractions } from './seeded-random.js';
import { Subscriber } from './subscriber.js';

/**
 * How many requests the others get at most before the slow receiver answers one. Each event brings them so many at least, so that there
 * always are, though the publishers wait for the slow one.
 */
const SLOW_BY = 3;

/** Publishers, one of each kind of receiver, and a subscriber: all that goes on around a server while it is killed. */
export class Load {
  readonly publishers: readonly LoadPublisher[];
  readonly subscriber: Subscriber;
  readonly #slow: SlowReceiver;

  private constructor(publishers: readonly LoadPublisher[], subscriber: Subscriber, slow: SlowReceiver) {
    this.publishers = publishers;
    this.subscriber = subscriber;
    this.#slow = slow;
  }

  /** Configures the server for it. */
  static async configure(lives: Lives, server: ServerProcess, tokens: TokenServer, seed: number): Promise<Load> {
    const publishers = [
      new LoadPublisher({ name: 'one', callSize: 1, lives }),
      new LoadPublisher({ name: 'another', callSize: 1, lives }),
      new LoadPublisher({ name: 'bulk', callSize: 50, lives }),
    ];
    const slow = new SlowReceiver(seed, publishers);
    await lives.addHook(server, slow.besides(answerAll));
    await lives.addHook(server, slow.script);
    await lives.addHook(server, slow.besides(failFirst()));
    await lives.addHook(server, slow.besides(letInBearersOf(tokens)), authenticationAt(tokens));
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: lives.organizationId });
    return new Load(publishers, new Subscriber(lives.organizationId, organization.streamCursor), slow);
  }

  /** Publishes and watches until it is over and the server is gone. */
  async press(server: ServerProcess, isOver: () => boolean): Promise<void> {
    await Promise.all([
      this.subscriber.follow(server, isOver),
      ...this.publishers.map((publisher) => publisher.publishUntil(server, isOver)),
    ]);
  }

  /** How many answers of publishes kills have taken, and how many of those publishes were on disk all the same. */
  get lostAnswers(): { lostCount: number; keptCount: number } {
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    return {
      lostCount: sum(this.publishers.map(({ lostCount }) => lostCount)),
      keptCount: sum(this.publishers.map(({ keptCount }) => keptCount)),
    };
  }

  /** From now on the slow receiver answers at once, since nobody publishes any more. */
  slowDownNobody(): void {
    this.#slow.hurry();
  }

  /** Lets publishers who wait for room see that it is over. */
  release(): void {
    for (const { backlog } of this.publishers) backlog.look();
  }
}

function deliveryIdOf({ request }: Exchange): string {
  return request.headers['webhook-id'] ?? '';
}

/** Answers each request when the others have got some more, and lets each publisher know how far it has come with its events. */
class SlowReceiver {
  readonly #fraction: () => number;
  readonly #publishers: readonly LoadPublisher[];
  /** How many requests the others have got. */
  #otherCount = 0;
  #held: Array<{ exchange: Exchange; until: number }> = [];
  #isHurried = false;

  constructor(seed: number, publishers: readonly LoadPublisher[]) {
    this.#fraction = seededFractions(seed);
    this.#publishers = publishers;
  }

  readonly script: Script = (exchange) => {
    const { data } = JSON.parse(exchange.request.body.toString()) as { data: { by: string } };
    this.#held.push({ exchange, until: this.#otherCount + Math.round(this.#fraction() * SLOW_BY) });
    this.#publishers.find(({ name }) => name === data.by)?.backlog.arrived(deliveryIdOf(exchange));
    this.#answer();
  };

  /** What another receiver does, whose requests are counted. */
  besides(script: (exchange: Exchange) => void): Script {
    return (exchange) => {
      this.#otherCount += 1;
      this.#answer();
      script(exchange);
    };
  }

  hurry(): void {
    this.#isHurried = true;
    this.#answer();
  }

  #answer(): void {
    const isDue = ({ until }: { until: number }) => this.#isHurried || until <= this.#otherCount;
    const due = this.#held.filter(isDue);
    this.#held = this.#held.filter((held) => !isDue(held));
    for (const { exchange } of due) exchange.response.end('late');
  }
}

function answerAll({ response }: Exchange): void {
  response.end();
}

/** Answers the first request of each delivery with 500. */
function failFirst(): (exchange: Exchange) => void {
  const failed = new Set<string>();
  return (exchange) => {
    const deliveryId = deliveryIdOf(exchange);
    exchange.response.writeHead(failed.has(deliveryId) ? 200 : 500).end();
    failed.add(deliveryId);
  };
}

function letInBearersOf(tokens: TokenServer): (exchange: Exchange) => void {
  return ({ request, response }) => {
    const isIssued = tokens.issued.some((token) => request.headers.authorization === `Bearer ${token}`);
    response.writeHead(isIssued ? 200 : 401).end();
  };
}
