import { expect, it } from 'vitest';
import { makeOrganization, makeWebhook } from '../../support/platform.js';
import { startReceiver } from '../../support/receiver.js';
import { type Fleet, IN_FLIGHT_LIMIT, startFleet } from './fleet.js';
import { HoppingSubscriber } from './hopping-subscriber.js';
import { publishStubbornly } from './stubborn-publisher.js';

const EVENT_COUNT = 5000;

/** One hook of each kind and type: they fall into shards of different servers. */
const TYPES = ['order_created', 'order_updated', 'order_removed', 'event_created'];
const KEYS = ['a', 'b', 'c', 'd', 'e'];

const RATE = 20;
const WINDOW = 2;

/** How much sooner than a second after the first of them the last of `RATE` + 1 attempts may begin. */
const RATE_JITTER_MS = 150;

/** Requests as a receiver sees them: of each delivery how many, of each key in which order, and how many at once. */
async function startWitness() {
  const receiver = await startReceiver();
  const counts = new Map<string, number>();
  const orders = new Map<string, number[]>();
  let inFlight = 0;
  const witness = {
    receiver,
    counts,
    orders,
    mostAtOnce: 0,
    /** For how many turns of the event loop an answer is held. */
    turns: 0,
  };
  receiver.answerWith(({ request, response, socket }) => {
    const deliveryId = request.headers['webhook-id']!;
    const { n, key } = (JSON.parse(request.body.toString()) as { data: { n: number; key: string } }).data;
    counts.set(deliveryId, (counts.get(deliveryId) ?? 0) + 1);
    const name = `${request.path} ${key}`;
    orders.set(name, [...(orders.get(name) ?? []), n]);
    inFlight += 1;
    witness.mostAtOnce = Math.max(witness.mostAtOnce, inFlight);
    const ended = () => {
      inFlight -= 1;
    };
    response.once('close', ended);
    void answerAfter(witness.turns);
    async function answerAfter(turns: number): Promise<void> {
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      if (!socket.destroyed) response.end('ok');
    }
  });
  return witness;
}

async function ledBy(fleet: Fleet): Promise<Map<string, number>> {
  const rows = await fleet.read<{ leader_id: string; count: string }>('select leader_id, count(*) from shards group by leader_id');
  return new Map(rows.map((row) => [row.leader_id, Number(row.count)]));
}

it(
  'servers are killed, put to sleep, stopped and added under load, and every promise holds over all of them',
  { timeout: 240_000 },
  async ({ signal }) => {
    await using stack = new AsyncDisposableStack();
    const fleet = stack.use(await startFleet(3, signal));
    const [first, second, third] = fleet.servers;
    await fleet.readUntil(
      (rows) => rows.length === 3 && rows.every(({ count }) => Number(count) >= 42),
      'select leader_id, count(*) from shards where leader_id is not null group by leader_id',
    );

    const [plain, keyed, narrow, rated] = await Promise.all([startWitness(), startWitness(), startWitness(), startWitness()]);
    for (const { receiver } of [plain, keyed, narrow, rated]) stack.defer(() => receiver.close());
    narrow.turns = 50;
    const organizationId = await makeOrganization(first!);
    for (const type of TYPES) {
      await makeWebhook(second!, { organizationId, endpoint: `${plain.receiver.url}/${type}`, types: [type] });
      await makeWebhook(third!, {
        organizationId,
        endpoint: `${keyed.receiver.url}/${type}`,
        types: [type],
        settings: { ordering: 'BY_KEY' },
      });
    }
    await makeWebhook(first!, {
      organizationId,
      endpoint: narrow.receiver.url,
      types: ['event_removed'],
      settings: { inFlightLimit: WINDOW },
    });
    const limited = await makeWebhook(first!, {
      organizationId,
      endpoint: rated.receiver.url,
      types: ['event_updated'],
      settings: { rateLimit: { deliveries: RATE, per: 'SECOND' } },
    });
    const { organization } = await first!.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: organizationId });
    const subscriber = new HoppingSubscriber(fleet, organizationId, organization.streamCursor);

    const acknowledged = new Set<string>();
    const waiting = new Set<() => void>();
    const publishing = [...TYPES, 'event_removed', 'event_updated'].flatMap((type) =>
      KEYS.map((orderingKey) => {
        const count = type === 'event_updated' ? 40 : type === 'event_removed' ? 160 : 200;
        return publishStubbornly({ fleet, organizationId, type, orderingKey, count, signal, acknowledged: noteAcknowledged });
      }),
    );
    function noteAcknowledged(eventId: string): void {
      acknowledged.add(eventId);
      for (const wake of waiting) wake();
    }
    async function acknowledgedCount(count: number): Promise<void> {
      while (acknowledged.size < count) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    }

    await acknowledgedCount(700);
    fleet.leave(first!);
    subscriber.hop();
    await first!.end('SIGKILL');
    await acknowledgedCount(1300);
    const fourth = await fleet.start();
    await acknowledgedCount(2000);

    fleet.leave(second!);
    subscriber.hop();
    second!.signal('SIGSTOP');
    const sleeper = second!.log.find(({ msg }) => msg === 'server.started')!.serverId as string;
    await fleet.readUntil((rows) => rows.length === 0, 'select 1 from shards where leader_id = $1', sleeper);
    await acknowledgedCount(2800);
    second!.signal('SIGCONT');
    fleet.join(second!);
    await second!.logged('shards.lost');
    await acknowledgedCount(3400);

    fleet.leave(third!);
    subscriber.hop();
    expect(await third!.end('SIGTERM')).toBe(0);
    await fleet.start();
    await Promise.all(publishing);
    await fleet.readUntil((rows) => rows.length === 0, 'select 1 from deliveries where next_attempt_at is not null limit 1');

    const events = await fleet.read<{ id: string }>('select id from events');
    expect(new Set(events.map(({ id }) => id))).toEqual(acknowledged);
    expect(acknowledged.size).toBe(EVENT_COUNT);
    const deliveries = await fleet.read<{ id: string; status: string; attempt_count: number }>(
      'select id, status, attempt_count from deliveries',
    );
    expect(deliveries).toHaveLength(4 * 5 * 200 * 2 + 5 * 160 + 5 * 40);
    expect(deliveries.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);

    // The stream: each attempt once, in the order of the log, whichever server told it.
    const log = await fleet.read<{ attempt_id: string }>(
      'select attempt_id from delivery_changes where attempt_id is not null order by sequence',
    );
    await subscriber.toldOf(log.length, signal);
    expect(subscriber.told).toEqual(log.map((row) => row.attempt_id));
    expect(subscriber.hopCount).toBeGreaterThan(5);

    // Doubles: of the two servers that could not let go, what was on the wire, and as much again that was answered and not yet recorded.
    const counts = new Map([plain, keyed, narrow, rated].flatMap((witness) => [...witness.counts]));
    const recorded = new Map(
      (await fleet.read<{ delivery_id: string; count: string }>('select delivery_id, count(*) from attempts group by delivery_id')).map(
        (row) => [row.delivery_id, Number(row.count)],
      ),
    );
    const doubles = deliveries.map(({ id }) => counts.get(id)! - recorded.get(id)!);
    expect(doubles.filter((count) => count < 0 || count > 2)).toEqual([]);
    expect(doubles.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4 * IN_FLIGHT_LIMIT);

    // Order: of a key, each came after the one before it, and a double is one of the last that came.
    expect(keyed.orders.size).toBe(TYPES.length * KEYS.length);
    for (const order of keyed.orders.values()) {
      expect(order.filter((n, index) => index > 0 && n !== order[index - 1] && n !== order[index - 1]! + 1)).toEqual([]);
      expect(order.at(-1)).toBe(200);
    }

    // Limits, over all servers.
    expect(narrow.mostAtOnce).toBeLessThanOrEqual(WINDOW);
    const starts = await fleet.read<{ started_at: string }>(
      'select a.started_at from attempts a join deliveries d on d.id = a.delivery_id where d.hook_id = $1 order by a.started_at',
      limited.hookIds.event_updated,
    );
    // Each is due 50 ms after the one before it, and begins when a thread that is busy comes to it: over a second that evens out.
    const startedAts = starts.map((row) => Number(row.started_at));
    const spans = startedAts.slice(RATE).map((startedAt, index) => startedAt - startedAts[index]!);
    expect(spans.filter((span) => span < 1000 - RATE_JITTER_MS)).toEqual([]);

    // The load is spread evenly over the three that are left: one that came, one that slept, and one that came last.
    const shares = await ledBy(fleet);
    expect([...shares.values()].toSorted((a, b) => a - b)).toEqual([42, 43, 43]);
    expect(fleet.servers).toContain(fourth);
  },
);
