import { describe, expect, it } from 'vitest';
import {
  ATTEMPTS,
  HEALTH,
  makeOrganization,
  makeWebhook,
  pauseHook,
  publish,
  publishMany,
  readDeliveries,
  readDelivery,
  readHooks,
  RESULTS,
  resumeHook,
} from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';
import { expectRequests, holdAnswers, startPlatform } from '../support/start-platform.js';

const NOBODY = '019b796d-0000-7000-8000-000000000000';
const DAY = 24 * 3600 * 1000;

const payloadsOf = (requests: readonly { body: Buffer }[]): number[] => requests.map(({ body }) => JSON.parse(body.toString()).data.n);
const statusesOf = (deliveries: readonly any[]): string[] => deliveries.map(({ status }) => status);

describe('a paused hook', () => {
  it('holds what is published, counts it, and is sent all of it once it is resumed', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, webhookId, hookId } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });

    const paused = await pauseHook(server, hookId);
    await publishMany(server, organizationId, 90);

    expect(paused).toMatchObject({ status: 'PAUSED', heldCount: 0, health: { status: 'PAUSED' } });
    expect(statusesOf(await readDeliveries(server, organizationId))).toEqual(Array(90).fill('HELD'));
    expect(await readHooks(server, webhookId)).toMatchObject([{ status: 'PAUSED', heldCount: 90 }]);
    expect(receiver.received).toHaveLength(0);
    const resumed = await resumeHook(server, hookId);
    await results.take(90);
    expect(resumed).toMatchObject({ status: 'ACTIVE', heldCount: 0, health: { status: 'HEALTHY', since: null } });
    expect(statusesOf(await readDeliveries(server, organizationId))).toEqual(Array(90).fill('SUCCEEDED'));
    expect(payloadsOf(receiver.received).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
  });

  it('lets the requests under way end, records them, and holds what waited behind them', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, hookId } = platform;
    const held = holdAnswers(platform);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publishMany(server, organizationId, 20);
    await receiver.requests(16);

    await pauseHook(server, hookId);
    for (const { response } of held) response.end();

    for (const { deliveryAttempts } of await attempts.take(16)) {
      expect(deliveryAttempts.attempt).toMatchObject({ number: 1, outcome: { status: 200 }, delivery: { status: 'SUCCEEDED' } });
    }
    expect(statusesOf(await readDeliveries(server, organizationId))).toEqual([...Array(16).fill('SUCCEEDED'), ...Array(4).fill('HELD')]);
    expect(receiver.received).toHaveLength(16);
    receiver.answerWith({ status: 200 });
    await resumeHook(server, hookId);
    await attempts.take(4);
    expect(receiver.received).toHaveLength(20);
  });

  it('holds a delivery between two attempts, which goes on where it was', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, hookId, clock } = platform;
    receiver.answerWith([{ status: 500 }, { status: 200 }]);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    const { delivery } = (await attempts.next()).deliveryAttempts.attempt;

    await pauseHook(server, hookId);
    clock.advance(DAY);

    expect(await readDelivery(server, delivery.id)).toMatchObject({ status: 'HELD', attemptCount: 1, nextAttemptAt: null });
    expect(receiver.received).toHaveLength(1);
    await resumeHook(server, hookId);
    const { number, delivery: after } = (await attempts.next()).deliveryAttempts.attempt;
    expect({ number, status: after.status, id: after.id }).toEqual({ number: 2, status: 'SUCCEEDED', id: delivery.id });
  });

  it('that is resumed before the next attempt is due waits for its time', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, hookId, clock } = platform;
    receiver.answerWith([{ status: 500 }, { status: 200 }]);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    const { delivery } = (await attempts.next()).deliveryAttempts.attempt;

    await pauseHook(server, hookId);
    await resumeHook(server, hookId);

    expect(await readDelivery(server, delivery.id)).toMatchObject({ status: 'RETRYING', nextAttemptAt: delivery.nextAttemptAt });
    expect(receiver.received).toHaveLength(1);
    clock.advance(Date.parse(delivery.nextAttemptAt) - clock.now());
    expect((await attempts.next()).deliveryAttempts.attempt.number).toBe(2);
  });

  it('stays paused when the server starts anew, and is resumed then', async () => {
    await using platform = await startPlatform();
    const { server: before, receiver, organizationId, webhookId, hookId, clock } = platform;
    await pauseHook(before, hookId);
    await publishMany(before, organizationId, 3);
    await before.stop();

    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir } });
    await publishMany(after, organizationId, 1, 4);

    expect(await readHooks(after, webhookId)).toMatchObject([{ status: 'PAUSED', heldCount: 4 }]);
    expect(receiver.received).toHaveLength(0);
    await resumeHook(after, hookId);
    // Once two go side by side, they may come in either order.
    expect(payloadsOf(await receiver.requests(4)).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('that is resumed gets one request at first, and more side by side with each that succeeds', async () => {
    await using platform = await startPlatform();
    const { server, organizationId, hookId } = platform;
    const held = holdAnswers(platform);
    await pauseHook(server, hookId);
    await publishMany(server, organizationId, 60);

    await resumeHook(server, hookId);

    // One, then two more for the one that succeeded; each success gives back its place and makes one more.
    for (const arrived of [1, 3, 7, 15, 31]) {
      await expectRequests(platform, arrived);
      for (const { response } of held.splice(0)) response.end();
    }
    // The hook's own limit, sixteen, is as far as it goes.
    await expectRequests(platform, 47);
  });

  it('holds no other hook of its webhook', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    const types = ['order_created', 'order_removed'];
    const { hookIds } = await makeWebhook(server, { organizationId, endpoint: receiver.url, types });

    await pauseHook(server, hookIds.order_created!);
    await publish(server, organizationId, 'order_created', { n: 1 });
    await publish(server, organizationId, 'order_removed', { n: 2 });

    expect(payloadsOf(await receiver.requests(1))).toEqual([2]);
    expect(statusesOf(await readDeliveries(server, organizationId))).toContain('HELD');
    expect(receiver.received).toHaveLength(1);
  });

  it('is still one of the hooks of its webhook, and of its configuration', async () => {
    await using platform = await startPlatform();
    const { server, webhookId, hookId } = platform;
    const readConfiguration = async () =>
      (await server.gql('query ($id: ID!) { webhook(id: $id) { configuration } }', { id: webhookId })).webhook.configuration;
    const before = await readConfiguration();

    await pauseHook(server, hookId);

    expect(await readHooks(server, webhookId)).toMatchObject([{ id: hookId, status: 'PAUSED' }]);
    expect(await readConfiguration()).toEqual(before);
  });

  it('stays paused while its webhook is changed', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, webhookId, hookId } = platform;
    await pauseHook(server, hookId);
    await publish(server, organizationId);

    await server.gql('mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { id } }', {
      id: webhookId,
      input: { hooks: [{ id: hookId, endpoint: `${receiver.url}/elsewhere` }] },
    });

    expect(await readHooks(server, webhookId)).toMatchObject([{ status: 'PAUSED', heldCount: 1 }]);
    expect(receiver.received).toHaveLength(0);
    await resumeHook(server, hookId);
    expect(await receiver.requests(1)).toMatchObject([{ path: '/elsewhere' }]);
  });

  it('that is removed ends what it held as cancelled', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, webhookId, hookId } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    await pauseHook(server, hookId);
    await publishMany(server, organizationId, 3);

    await server.gql('mutation ($id: ID!) { updateWebhook(id: $id, input: { hooks: [] }) { id } }', { id: webhookId });

    const told = (await results.take(3)).map(({ deliveryResults }) => deliveryResults.delivery);
    expect(statusesOf(told)).toEqual(Array(3).fill('CANCELLED'));
    expect(statusesOf(await readDeliveries(server, organizationId))).toEqual(Array(3).fill('CANCELLED'));
    expect(receiver.received).toHaveLength(0);
  });
});

describe('pausing and resuming', () => {
  it('twice comes to the same and is told once', async () => {
    await using platform = await startPlatform();
    const { server, organizationId, hookId, clock } = platform;
    const health = await server.subscribe(HEALTH, { organizationId });
    const pausedAt = new Date(clock.now()).toISOString();

    const first = await pauseHook(server, hookId);
    clock.advance(1000);
    const second = await pauseHook(server, hookId);
    const resumed = await resumeHook(server, hookId);
    clock.advance(1000);
    const again = await resumeHook(server, hookId);

    expect(first.health).toEqual({ status: 'PAUSED', since: pausedAt, disabledReason: null, disablesAt: null });
    expect(second).toEqual(first);
    expect(again).toEqual(resumed);
    const told = (await health.take(2)).map(({ hookHealth }) => hookHealth.health.status);
    await pauseHook(server, hookId);
    const { hookHealth } = await health.next();
    expect([...told, hookHealth.health.status]).toEqual(['PAUSED', 'HEALTHY', 'PAUSED']);
  });

  it.each(['pauseHook', 'resumeHook'])('%s is of a hook that is there', async (mutation) => {
    await using platform = await startPlatform();
    const { server, webhookId, hookId } = platform;
    await pauseHook(server, hookId);
    await server.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhookId });

    for (const id of [NOBODY, 'nobody', '', hookId]) {
      const { errors } = await server.ask(`mutation ($id: ID!) { ${mutation}(id: $id) { id } }`, { id });

      expect(errors).toMatchObject([{ message: `There is no hook with the id "${id}".`, extensions: { code: 'NOT_FOUND' } }]);
    }
  });
});
