import { expect, it } from 'vitest';
import { makeOrganization, makeWebhook } from '../../support/platform.js';
import { startReceiver } from '../../support/receiver.js';
import { startFleet } from './fleet.js';
import { publishStubbornly } from './stubborn-publisher.js';

const TYPES = ['order_created', 'order_updated', 'order_removed', 'event_created'];

it('servers that join and stop in order hand their hooks over without a single double', { timeout: 120_000 }, async ({ signal }) => {
  await using stack = new AsyncDisposableStack();
  const fleet = stack.use(await startFleet(2, signal));
  const [first, second] = fleet.servers;
  const receiver = stack.use(await startReceiver());
  const counts = new Map<string, number>();
  receiver.answerWith(({ request, response }) => {
    const deliveryId = request.headers['webhook-id']!;
    counts.set(deliveryId, (counts.get(deliveryId) ?? 0) + 1);
    response.end('ok');
  });
  const organizationId = await makeOrganization(first!);
  for (const type of TYPES) {
    for (const ordering of ['NONE', 'NONE', 'STRICT'] as const) {
      await makeWebhook(second!, { organizationId, endpoint: receiver.url, types: [type], settings: { ordering } });
    }
  }
  let acknowledgedCount = 0;
  let wake = () => {};
  const acknowledged = () => {
    acknowledgedCount += 1;
    wake();
  };
  const publishing = TYPES.flatMap((type) =>
    ['a', 'b'].map((orderingKey) => publishStubbornly({ fleet, organizationId, type, orderingKey, count: 60, signal, acknowledged })),
  );
  async function acknowledgedAtLeast(count: number): Promise<void> {
    while (acknowledgedCount < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  await acknowledgedAtLeast(60);
  const third = await fleet.start();
  await third.logged('shards.taken');
  await acknowledgedAtLeast(180);
  fleet.leave(first!);
  expect(await first!.end('SIGTERM')).toBe(0);
  await acknowledgedAtLeast(300);
  fleet.leave(second!);
  expect(await second!.end('SIGTERM')).toBe(0);
  await Promise.all(publishing);
  await fleet.readUntil((rows) => rows.length === 0, 'select 1 from deliveries where next_attempt_at is not null limit 1');

  expect(acknowledgedCount).toBe(480);
  expect(counts.size).toBe(480 * 3);
  expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
  const attempts = await fleet.read<{ count: string }>('select count(*) from attempts');
  expect(Number(attempts[0]!.count)).toBe(480 * 3);
  // Each server gave away what it had, and the last has all.
  expect(fleet.logged('shards.lost')).toEqual([]);
  expect(await fleet.read('select distinct leader_id from shards')).toHaveLength(1);
});
