import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany, RESULTS } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';

/** Asks for nothing that must be looked up, for tests with many notices. */
const LIGHT_ATTEMPTS = `
  subscription ($organizationId: ID!, $after: String) {
    deliveryAttempts(organizationId: $organizationId, after: $after) { cursor attempt { id } }
  }`;

const numberOf = ({ deliveryAttempts }: any): number => deliveryAttempts.attempt.delivery.event.payload.n;
const cursorOf = ({ deliveryAttempts }: any): string => deliveryAttempts.cursor;

describe('the live stream', () => {
  it('gives everything since the cursor, in order, then what happens live: none missed and none doubled at the seam', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const witness = await server.subscribe(LIGHT_ATTEMPTS, { organizationId });
    await publishMany(server, organizationId, 300);
    const first = await witness.next();

    // Subscribers come in while events are being delivered, so that the seam falls anywhere.
    const publishing = (async () => {
      for (let from = 301; from <= 1200; from += 100) await publishMany(server, organizationId, 100, from);
    })();
    const subscribers = [];
    for (let count = 0; count < 5; count += 1) {
      subscribers.push(await server.subscribe(LIGHT_ATTEMPTS, { organizationId, after: cursorOf(first) }));
    }
    await publishing;

    const told = await witness.take(1199);
    for (const subscriber of subscribers) expect(await subscriber.take(1199)).toEqual(told);
    expect(new Set(told.map(cursorOf)).size).toBe(1199);
    expect(new Set(receiver.received.map(({ body }) => JSON.parse(body.toString()).data.n)).size).toBe(1200);
  });

  it('can be followed from a moment that was read, though the connection came later', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const witness = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId, 'order_created', { n: 1 });
    await witness.next();
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: organizationId });
    await publish(server, organizationId, 'order_created', { n: 2 });
    await witness.next();

    const late = await server.subscribe(ATTEMPTS, { organizationId, after: organization.streamCursor });

    expect(numberOf(await late.next())).toBe(2);
    expect(late.waitingCount).toBe(0);
  });

  it('goes on from the cursor after a restart', async () => {
    const clock = new ManualClock();
    await using receiver = await startReceiver();
    await using before = await startTestServer({ clock });
    const organizationId = await makeOrganization(before);
    await makeWebhook(before, { organizationId, endpoint: receiver.url });
    const witness = await before.subscribe(ATTEMPTS, { organizationId });
    await publishMany(before, organizationId, 10);
    const told = await witness.take(10);
    await before.stop();

    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir } });
    const resumed = await after.subscribe(ATTEMPTS, { organizationId, after: cursorOf(told[3]) });
    await publish(after, organizationId, 'order_created', { n: 11 });

    expect((await resumed.take(7)).map(numberOf)).toEqual([...told.slice(4).map(numberOf), 11]);
  });

  it('serves a reader that is far behind the memory from the table', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const witness = await server.subscribe(LIGHT_ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    const start = cursorOf(await witness.next());
    for (let from = 0; from < 2100; from += 300) await publishMany(server, organizationId, 300, from);
    const told = await witness.take(2100);

    const late = await server.subscribe(LIGHT_ATTEMPTS, { organizationId, after: start });

    expect(await late.take(2100)).toEqual(told);
  });

  it('filters by webhook, hook, event and types', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    const types = ['order_created', 'order_removed'];
    const one = await makeWebhook(server, { organizationId, endpoint: receiver.url, types });
    await makeWebhook(server, { organizationId, endpoint: receiver.url, types });
    const all = await server.subscribe(ATTEMPTS, { organizationId });
    const before = await publish(server, organizationId);
    const start = cursorOf((await all.take(2))[1]);
    const filters: Record<string, unknown>[] = [
      { webhookId: one.id },
      { hookId: one.hookIds.order_created },
      { eventId: before },
      { types: ['order_removed'] },
      { types: [] },
    ];
    const live = await Promise.all(filters.map((filter) => server.subscribe(ATTEMPTS, { organizationId, ...filter })));

    const created = await publish(server, organizationId, 'order_created');
    const removed = await publish(server, organizationId, 'order_removed');
    await all.take(4);

    const replayed = await Promise.all(filters.map((filter) => server.subscribe(ATTEMPTS, { organizationId, after: start, ...filter })));
    for (const [byWebhook, byHook, byEvent, byType, byNoType] of [live, replayed]) {
      const eventOf = ({ deliveryAttempts }: any) => deliveryAttempts.attempt.delivery.event.id;
      expect((await byWebhook!.take(2)).map(eventOf).toSorted()).toEqual([created, removed].toSorted());
      expect((await byHook!.take(1)).map(eventOf)).toEqual([created]);
      expect((await byType!.take(2)).map(eventOf)).toEqual([removed, removed]);
      expect([byWebhook, byHook, byEvent, byType, byNoType].map((notices) => notices!.waitingCount)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it('shows an organization nothing of another', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const [mine, theirs] = [await makeOrganization(server), await makeOrganization(server)];
    await makeWebhook(server, { organizationId: mine, endpoint: receiver.url });
    await makeWebhook(server, { organizationId: theirs, endpoint: receiver.url });
    const ours = await server.subscribe(ATTEMPTS, { organizationId: mine });
    const others = await server.subscribe(ATTEMPTS, { organizationId: theirs });

    await publish(server, theirs, 'order_created', { n: 1 });
    await publish(server, mine, 'order_created', { n: 2 });

    await others.next();
    expect(numberOf(await ours.next())).toBe(2);
    expect(ours.waitingCount).toBe(0);
  });

  it('tells results once each, cancellations among them', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url });
    receiver.answerWith([{ status: 200 }, { status: 500 }]);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const results = await server.subscribe(RESULTS, { organizationId });
    const start = await publish(server, organizationId);
    await attempts.next();
    const failing = await publish(server, organizationId);
    await attempts.next();

    await server.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhook.id });

    const summary = ({ deliveryResults }: any) => [deliveryResults.delivery.event.id, deliveryResults.delivery.status];
    const [first, second] = await results.take(2);
    expect([summary(first), summary(second)]).toEqual([
      [start, 'SUCCEEDED'],
      [failing, 'CANCELLED'],
    ]);
    const replayed = await server.subscribe(RESULTS, { organizationId, after: first.deliveryResults.cursor });
    expect(summary(await replayed.next())).toEqual([failing, 'CANCELLED']);
  });
});

describe("an event's progress", () => {
  const PROGRESS = `
    subscription ($eventId: ID!) {
      eventProgress(eventId: $eventId) { cursor deliveryCount finalCount delivery { id status } attempt { number } }
    }`;

  it('tells each change and completes when all deliveries are final', async () => {
    const clock = new ManualClock();
    await using server = await startTestServer({ clock });
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    receiver.answerWith([{ status: 200 }, { status: 500 }, { status: 200 }]);
    const eventId = await publish(server, organizationId);
    const progress = await server.subscribe(PROGRESS, { eventId });
    const early = (await progress.take(2)).map(({ eventProgress }) => eventProgress);

    clock.advance(6000);

    const last = (await progress.rest()).map(({ eventProgress }) => eventProgress);
    expect(early.map(({ finalCount, deliveryCount }) => [finalCount, deliveryCount])).toEqual(
      early[0].finalCount === 1
        ? [
            [1, 2],
            [1, 2],
          ]
        : [
            [0, 2],
            [1, 2],
          ],
    );
    expect(last).toMatchObject([{ finalCount: 2, delivery: { status: 'SUCCEEDED' }, attempt: { number: 2 } }]);
  });

  it('is told whole to a subscriber that comes when all is over', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const results = await server.subscribe(RESULTS, { organizationId });
    const eventId = await publish(server, organizationId);
    await results.next();

    const progress = await server.subscribe(PROGRESS, { eventId });

    expect(await progress.rest()).toMatchObject([{ eventProgress: { finalCount: 1, deliveryCount: 1 } }]);
  });

  it('completes at once for an event that owes nothing', async () => {
    await using server = await startTestServer();
    const organizationId = await makeOrganization(server);
    const eventId = await publish(server, organizationId);

    const progress = await server.subscribe(PROGRESS, { eventId });

    expect(await progress.rest()).toEqual([]);
  });
});
