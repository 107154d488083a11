import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { shardOf } from '../../src/entities/shard.js';
import { type Fleet, startFleet } from '../flow/several-servers/fleet.js';
import { readNotices } from '../support/notices.js';
import {
  ATTEMPTS,
  cancelDelivery,
  makeOrganization,
  makeWebhook,
  pauseHook,
  publish,
  readDeliveries,
  resumeHook,
} from '../support/platform.js';
import { type Receiver, type ReceivedRequest, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY } from '../support/server.js';
import type { ServerProcess } from '../support/server-process.js';
import { startPooler } from './start-pooler.js';

/** So many that each of three servers leads some of them. */
const HOOK_COUNT = 16;

const polling = { DATABASE_NOTIFICATIONS: 'poll', POLL_INTERVAL: '100ms' };

/** Servers behind a pooler of which each leads its share, with hooks of one organization and their receiver. */
async function start(serverCount: number, connectionCount: number, signal: AbortSignal) {
  const stack = new AsyncDisposableStack();
  const pooler = stack.use(await startPooler({ connectionCount }));
  const fleet = stack.use(await startFleet(serverCount, signal, { common: polling, reach: (url) => pooler.through(url) }));
  const receiver = stack.use(await startReceiver());
  await fleet.readUntil(
    (rows) => rows.length === serverCount && rows.every(({ count }) => Number(count) >= Math.floor(128 / serverCount)),
    'select leader_id, count(*) from shards where leader_id is not null group by leader_id',
  );
  const organizationId = await makeOrganization(fleet.servers[0]!);
  const hookIds: string[] = [];
  for (let n = 0; n < HOOK_COUNT; n += 1) {
    // Each is configured at another server than the one before.
    const server = fleet.servers[n % serverCount]!;
    const settings = n % 2 === 0 ? ({ ordering: 'STRICT' } as const) : {};
    hookIds.push((await makeWebhook(server, { organizationId, endpoint: `${receiver.url}/${n}`, settings })).hookIds.order_created!);
  }
  return { fleet, receiver, organizationId, hookIds, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function watch({ url }: ServerProcess, organizationId: string) {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${ADMIN_KEY}` },
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
  });
  const notices = await readNotices<any>(client, ATTEMPTS, { organizationId });
  return { notices, [Symbol.asyncDispose]: async () => void client.dispose() };
}

function serverIdOf(server: ServerProcess): string {
  return server.log.find(({ msg }) => msg === 'server.started')!.serverId;
}

async function leaderOf(fleet: Fleet, hookId: string): Promise<string> {
  const [row] = await fleet.read<{ leader_id: string }>('select leader_id from shards where number = $1', shardOf(hookId));
  return row!.leader_id;
}

/** What the receiver got for each hook, in order, by the payloads' numbers. */
function numbersByHook({ received }: Pick<Receiver, 'received'>): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const { path, body } of received) numbers.set(path, [...(numbers.get(path) ?? []), numberIn(body)]);
  return numbers;
}

function numberIn(body: ReceivedRequest['body']): number {
  return (JSON.parse(body.toString()) as { data: { n: number } }).data.n;
}

describe('servers behind a transaction pooler', () => {
  it('share the work, show it to whoever watches at one of them, and take over from one that is killed', async ({ signal }) => {
    await using flow = await start(3, 4, signal);
    const { fleet, receiver, organizationId, hookIds } = flow;
    const [first, second, third] = fleet.servers;
    await using watching = await watch(third!, organizationId);

    for (let n = 1; n <= 10; n += 1) await publish(first!, organizationId, 'order_created', { n });
    await receiver.requests(10 * HOOK_COUNT);
    const leaders = new Set(await Promise.all(hookIds.map((hookId) => leaderOf(fleet, hookId))));
    await fleet.readUntil(([row]) => Number(row.count) === 10 * HOOK_COUNT, 'select count(*) from attempts');
    fleet.leave(second!);
    await second!.end('SIGKILL');
    for (let n = 11; n <= 20; n += 1) await publish(first!, organizationId, 'order_created', { n });
    const seen = await watching.notices.take(20 * HOOK_COUNT);

    expect(leaders.size).toBe(3);
    const got = numbersByHook(receiver);
    for (let n = 0; n < HOOK_COUNT; n += 1) {
      const numbers = got.get(`/${n}`)!;
      const expected = Array.from({ length: 20 }, (_, index) => index + 1);
      // An ordered hook gets them in their order, each of the others in whichever.
      expect(n % 2 === 0 ? numbers : numbers.toSorted((a, b) => a - b), `hook ${n}`).toEqual(expected);
    }
    expect(new Set(seen.map(({ deliveryAttempts }) => deliveryAttempts.attempt.id)).size).toBe(20 * HOOK_COUNT);
    expect(watching.notices.waitingCount).toBe(0);
    expect(fleet.logged('notifications.unheard')).toEqual([]);
  });

  it('tell the leader of a hook what was done to it at another one', async ({ signal }) => {
    await using flow = await start(2, 4, signal);
    const { fleet, receiver, organizationId, hookIds } = flow;
    // An ordered hook, and another one with the same leader, from which it can be told how far that one has read.
    const hookId = hookIds[0]!;
    const leader = await leaderOf(fleet, hookId);
    const other = fleet.servers.find((server) => serverIdOf(server) !== leader)!;
    const leads = await Promise.all(hookIds.map((id) => leaderOf(fleet, id)));
    const witness = leads.findIndex((one, index) => index > 0 && one === leader);
    for (const id of hookIds) if (id !== hookId) await pauseHook(other, id);
    const held: Array<() => void> = [];
    receiver.answerWith(({ request, response }) => {
      if (request.path === '/0' && held.length === 0) held.push(() => response.end('ok'));
      else response.end('ok');
    });

    for (let n = 1; n <= 3; n += 1) await publish(other, organizationId, 'order_created', { n });
    await receiver.requests(1);
    await pauseHook(other, hookId);
    await resumeHook(other, hookIds[witness]!);
    // What is told is read in order: by now the leader knows of the pause.
    await receiver.requests(4);
    held[0]!();
    await fleet.readUntil(([row]) => Number(row.count) === 4, 'select count(*) from attempts');
    const pausedAt = numbersByHook(receiver).get('/0');
    const waiting = (await readDeliveries(other, organizationId)).filter(({ hook, status }) => hook.id === hookId && status === 'HELD');
    await cancelDelivery(other, waiting[0].id);
    await resumeHook(other, hookId);
    await receiver.requests(5);
    await fleet.readUntil(
      (rows) => rows.length === 0,
      'select 1 from deliveries where hook_id = $1 and next_attempt_at is not null',
      hookId,
    );

    expect(pausedAt).toEqual([1]);
    expect(waiting.map(({ event }) => event.payload.n)).toEqual([2, 3]);
    expect(numbersByHook(receiver).get('/0')).toEqual([1, 3]);
  });

  it('need no second connection for anything that they do in a transaction', async ({ signal }) => {
    await using flow = await start(2, 1, signal);
    const { fleet, receiver, organizationId } = flow;
    const [first, second] = fleet.servers;
    await using watching = await watch(second!, organizationId);

    await Promise.all(Array.from({ length: 20 }, (_, n) => publish(fleet.servers[n % 2]!, organizationId, 'order_created', { n })));
    const seen = await watching.notices.take(20 * HOOK_COUNT);
    fleet.leave(first!);
    const status = await first!.end('SIGTERM');
    await publish(second!, organizationId, 'order_created', { n: 20 });
    await receiver.requests(21 * HOOK_COUNT);

    expect(new Set(seen.map(({ deliveryAttempts }) => deliveryAttempts.attempt.id)).size).toBe(20 * HOOK_COUNT);
    expect(status).toBe(0);
  });
});
