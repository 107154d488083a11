import type { Exchange, Script } from '../support/receiver.js';
import type { ServerProcess } from '../support/server-process.js';
import { authenticationAt, type TokenServer } from '../support/token-server.js';
import type { Lives } from './lives.js';
import { LoadPublisher } from './load-publisher.js';
import { seededFractions } from './seeded-random.js';
import { Subscriber } from './subscriber.js';

/** How long the slow receiver takes to answer at most, in milliseconds. */
const SLOW_MS = 80;

/** Publishers, one of each kind of receiver, and a subscriber: all that goes on around a server while it is killed. */
export class Load {
  readonly publishers: readonly LoadPublisher[];
  readonly subscriber: Subscriber;

  private constructor(publishers: readonly LoadPublisher[], subscriber: Subscriber) {
    this.publishers = publishers;
    this.subscriber = subscriber;
  }

  /** Configures the server for it. */
  static async configure(lives: Lives, server: ServerProcess, tokens: TokenServer, seed: number): Promise<Load> {
    const publishers = [
      new LoadPublisher({ name: 'one', callSize: 1, lives }),
      new LoadPublisher({ name: 'another', callSize: 1, lives }),
      new LoadPublisher({ name: 'bulk', callSize: 50, lives }),
    ];
    await lives.addHook(server, { status: 200 });
    await lives.addHook(server, answerSlowly(seed, publishers));
    await lives.addHook(server, failFirst());
    await lives.addHook(server, letInBearersOf(tokens), authenticationAt(tokens));
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: lives.organizationId });
    return new Load(publishers, new Subscriber(lives.organizationId, organization.streamCursor));
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

  /** Lets publishers who wait for room see that it is over. */
  release(): void {
    for (const { backlog } of this.publishers) backlog.look();
  }
}

function deliveryIdOf({ request }: Exchange): string {
  return request.headers['webhook-id'] ?? '';
}

/** Answers after a while, and lets each publisher know how far it has come with its events. */
function answerSlowly(seed: number, publishers: readonly LoadPublisher[]): Script {
  const fraction = seededFractions(seed);
  return (exchange) => {
    const { data } = JSON.parse(exchange.request.body.toString()) as { data: { by: string } };
    publishers.find(({ name }) => name === data.by)?.backlog.arrived(deliveryIdOf(exchange));
    setTimeout(() => exchange.response.end('late'), fraction() * SLOW_MS);
  };
}

/** Answers the first request of each delivery with 500. */
function failFirst(): Script {
  const failed = new Set<string>();
  return (exchange) => {
    const deliveryId = deliveryIdOf(exchange);
    exchange.response.writeHead(failed.has(deliveryId) ? 200 : 500).end();
    failed.add(deliveryId);
  };
}

function letInBearersOf(tokens: TokenServer): Script {
  return ({ request, response }) => {
    const isIssued = tokens.issued.some((token) => request.headers.authorization === `Bearer ${token}`);
    response.writeHead(isIssued ? 200 : 401).end();
  };
}
