import { describe, expect, it } from 'vitest';
import { HurriedClock } from '../record/hurried-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany } from '../support/platform.js';
import { readRows } from '../support/read-rows.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { cursorOf } from '../support/test-ring.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Everything that is to be seen of an organization's past. */
const PAST = `
  query ($id: ID!) {
    organization(id: $id) {
      events(first: 100) { edges { cursor node { id } } }
      deliveries(first: 50) { edges { node { id status event { id } attempts(first: 20) { edges { node { number } } } } } }
    }
  }`;

const PAGE = 'query ($id: ID!, $after: String) { organization(id: $id) { events(first: 2, after: $after) { edges { node { id } } } } }';

/** A server whose first pass is behind it: the next one comes after an hour. */
async function startRetaining(retentionMs: number) {
  const clock = new HurriedClock();
  const server = await startTestServer({ clock, config: { retentionMs, retryScheduleMs: [90 * MINUTE] } });
  const passAfter = async (ms: number) => {
    const passed = clock.timerSet(HOUR);
    clock.advance(ms);
    await passed;
  };
  await passAfter(MINUTE);
  return { clock, server, passAfter, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function readPast(server: TestServer, id: string) {
  const { organization } = await server.gql(PAST, { id });
  const events: string[] = organization.events.edges.map(({ node }: any) => node.id);
  const deliveries = organization.deliveries.edges.map(({ node }: any) => [
    node.event.id,
    node.status,
    node.attempts.edges.map((attempt: any) => attempt.node.number),
  ]);
  return { events, deliveries };
}

describe('what is older than RETENTION', () => {
  it('disappears once it is delivered; what is not stays whole, and disappears after it is final', async () => {
    await using running = await startRetaining(10 * MINUTE);
    await using receiver = await startReceiver();
    const { server } = running;
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const delivered = await publish(server, organizationId);
    await attempts.take(2);
    receiver.answerWith([{ status: 200 }, { status: 500 }]);
    const retrying = await publish(server, organizationId);
    await attempts.take(2);
    const before = await readPast(server, organizationId);

    await running.passAfter(HOUR);
    const whileOpen = await readPast(server, organizationId);
    running.clock.advance(50 * MINUTE);
    await attempts.next();
    await running.passAfter(10 * MINUTE);

    expect(before.events.toSorted()).toEqual([delivered, retrying].toSorted());
    expect(whileOpen.events).toEqual([retrying]);
    expect(whileOpen.deliveries.toSorted()).toEqual([
      [retrying, 'RETRYING', [1]],
      [retrying, 'SUCCEEDED', [1]],
    ]);
    expect(await readPast(server, organizationId)).toEqual({ events: [], deliveries: [] });
    expect((await server.gql('query ($id: ID!) { event(id: $id) { id } }', { id: delivered })).event).toBeNull();
  });

  it('is missing from the pages after a cursor, which goes on', async () => {
    await using running = await startRetaining(55 * MINUTE);
    const { server } = running;
    const organizationId = await makeOrganization(server);
    const old = await publishMany(server, organizationId, 3);
    running.clock.advance(50 * MINUTE);
    const young = await publishMany(server, organizationId, 3);
    const { organization } = await server.gql(PAST, { id: organizationId });

    await running.passAfter(10 * MINUTE);

    const newestFirst = [...old, ...young].toReversed();
    expect((await readPast(server, organizationId)).events).toEqual(young.toReversed());
    for (const [index, { cursor: after, node }] of organization.events.edges.entries()) {
      const page = await server.gql(PAGE, { id: organizationId, after });
      const left = newestFirst.slice(index + 1).filter((id) => young.includes(id));
      expect(node.id).toBe(newestFirst[index]);
      expect(page.organization.events.edges.map((edge: any) => edge.node.id)).toEqual(left.slice(0, 2));
    }
  });

  it('is missing from the live stream for who comes with an old cursor: it begins with what is left', async () => {
    await using running = await startRetaining(10 * MINUTE);
    await using receiver = await startReceiver();
    const { server } = running;
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const witness = await server.subscribe(ATTEMPTS, { organizationId });
    receiver.answerWith([{ status: 200 }, { status: 500 }, { status: 200 }]);
    const eventOf = ({ deliveryAttempts }: any): string => deliveryAttempts.attempt.delivery.event.id;
    await publish(server, organizationId);
    const { cursor } = (await witness.next()).deliveryAttempts;
    const retrying = await publish(server, organizationId);
    await witness.next();
    await publish(server, organizationId);
    await witness.next();
    await witness.end();

    await running.passAfter(HOUR);
    const resumed = await Promise.all(
      [cursorOf('change', 0, organizationId), cursor].map((after) => server.subscribe(ATTEMPTS, { organizationId, after })),
    );
    const young = await publish(server, organizationId);

    for (const notices of resumed) {
      expect((await notices.take(2)).map(eventOf)).toEqual([retrying, young]);
      expect(notices.waitingCount).toBe(0);
    }
  });

  it('is missing too for who comes with an old cursor while others watch', async () => {
    await using running = await startRetaining(10 * MINUTE);
    await using receiver = await startReceiver();
    const { server } = running;
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const witness = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    await witness.next();

    await running.passAfter(HOUR);
    const late = await server.subscribe(ATTEMPTS, { organizationId, after: cursorOf('change', 0, organizationId) });
    const young = await publish(server, organizationId);

    expect((await late.next()).deliveryAttempts.attempt.delivery.event.id).toBe(young);
  });

  it('takes no cursor with it: one goes on after a restart that found nothing left', async () => {
    await using running = await startRetaining(10 * MINUTE);
    await using receiver = await startReceiver();
    const { server, clock } = running;
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const witness = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    const { cursor: after } = (await witness.next()).deliveryAttempts;
    await running.passAfter(HOUR);
    await server.stop();

    await using restarted = await startTestServer({ clock, config: { dataDir: server.dataDir } });
    const resumed = await restarted.subscribe(ATTEMPTS, { organizationId, after });
    const young = await publish(restarted, organizationId);

    expect((await resumed.next()).deliveryAttempts.attempt.delivery.event.id).toBe(young);
  });
});

describe('an idempotency key', () => {
  it('makes a new event after 24 hours, and nothing is left of the old key', async () => {
    await using running = await startRetaining(30 * 24 * HOUR);
    const { server } = running;
    const organizationId = await makeOrganization(server);
    const publishOnce = async () => {
      const { publishEvent } = await server.gql(
        'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { duplicate event { id } } }',
        { input: { organizationId, type: 'order_created', payload: 1, idempotencyKey: 'k' } },
      );
      return publishEvent;
    };
    const first = await publishOnce();
    await running.passAfter(24 * HOUR - 1);
    const again = await publishOnce();

    await running.passAfter(HOUR);
    const keys = await readRows(server, 'select key from idempotency_keys');
    const second = await publishOnce();

    expect(again).toEqual({ duplicate: true, event: first.event });
    expect(keys).toEqual([]);
    expect(second.duplicate).toBe(false);
    expect(await readPast(server, organizationId)).toMatchObject({
      events: expect.arrayContaining([first.event.id, second.event.id]),
    });
  });
});
