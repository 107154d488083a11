import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, HEALTH, makeWebhook, publish, RESULTS } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import type { TestServer } from '../support/server.js';
import { startPlatform } from '../support/start-platform.js';

const TYPES = ['hook_failing', 'hook_disabled', 'hook_recovered', 'delivery_failed'];
const MINUTE = 60_000;

const isoTime = (instant: number) => new Date(instant).toISOString();

/** How many events of each type an organization has. */
async function countEvents(server: TestServer, organizationId: string): Promise<Record<string, number>> {
  const { organization } = await server.gql(
    'query ($id: ID!) { organization(id: $id) { events(first: 100) { edges { node { type } } } } }',
    { id: organizationId },
  );
  const types: string[] = organization.events.edges.map(({ node }: any) => node.type);
  return Object.fromEntries([...new Set(types)].map((type) => [type, types.filter((other) => other === type).length]));
}

describe("the server's own events", () => {
  it('reach hooks of their types like any other event, with the payloads that the catalog shows', async () => {
    // The published verifier compares the signed time with the real one.
    const clock = new ManualClock(Date.now());
    await using platform = await startPlatform({ clock, config: { retryScheduleMs: [5000] } });
    const { server, receiver, organizationId, webhookId, hookId } = platform;
    await using operator = await startReceiver();
    const { signingSecret } = await makeWebhook(server, { organizationId, endpoint: operator.url, types: TYPES });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId, hookId });
    const startedAt = clock.now();
    const about = { webhookId, hookId, type: 'order_created' };

    receiver.answerWith([{ status: 500 }, { status: 500 }, { status: 200 }, { status: 410 }]);
    const failedId = await publish(server, organizationId);
    const { delivery } = (await attempts.next()).deliveryAttempts.attempt;
    clock.advance(MINUTE);
    await operator.requests(2);
    await publish(server, organizationId);
    await operator.requests(3);
    await publish(server, organizationId);
    const requests = await operator.requests(4);

    const verifier = new Verifier(signingSecret);
    const events = requests.map(({ body, headers }) => verifier.verify(body, headers) as Record<string, any>);
    expect(Object.fromEntries(events.map(({ type, data }) => [type, data]))).toEqual({
      delivery_failed: { ...about, deliveryId: delivery.id, eventId: failedId, attemptCount: 2, failedAt: isoTime(startedAt + MINUTE) },
      hook_failing: { ...about, failingSince: isoTime(startedAt), disablesAt: isoTime(startedAt + 5 * 24 * 60 * MINUTE), warning: 1 },
      hook_recovered: { ...about, failedSince: isoTime(startedAt), recoveredAt: isoTime(clock.now()) },
      hook_disabled: { ...about, reason: 'GONE', disabledAt: isoTime(clock.now()) },
    });
    const { organization } = await server.gql(
      'query ($id: ID!) { organization(id: $id) { eventTypes(first: 100) { edges { node { name example } } } } }',
      { id: organizationId },
    );
    const examples = new Map<string, object>(organization.eventTypes.edges.map(({ node }: any) => [node.name, node.example]));
    for (const { type, data } of events) expect(Object.keys(data).toSorted()).toEqual(Object.keys(examples.get(type)!).toSorted());
    expect(await countEvents(server, organizationId)).toEqual({
      order_created: 3,
      hook_failing: 1,
      hook_disabled: 1,
      hook_recovered: 1,
      delivery_failed: 1,
    });
  });

  it('cause none themselves, however their own hooks fail', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [] } });
    const { server, receiver, organizationId, hookId, clock } = platform;
    const { hookIds } = await makeWebhook(server, { organizationId, endpoint: receiver.url, types: TYPES });
    const results = await server.subscribe(RESULTS, { organizationId });
    const health = await server.subscribe(HEALTH, { organizationId });
    receiver.answerWith({ status: 500 });

    await publish(server, organizationId);
    await results.take(2);
    clock.advance(MINUTE);
    await publish(server, organizationId);

    const failed = (await results.take(3)).map(({ deliveryResults }) => deliveryResults.delivery);
    expect(failed.map(({ status, event }) => [event.type, status]).toSorted()).toEqual([
      ['delivery_failed', 'FAILED'],
      ['hook_failing', 'FAILED'],
      ['order_created', 'FAILED'],
    ]);
    // Their hooks are told of in the stream of health all the same.
    const failing = (await health.take(2)).map(({ hookHealth }) => hookHealth.hook.id);
    expect(failing.toSorted()).toEqual([hookId, hookIds.delivery_failed!].toSorted());
    expect(await countEvents(server, organizationId)).toEqual({ order_created: 2, delivery_failed: 2, hook_failing: 1 });
    expect(receiver.received).toHaveLength(5);
  });

  it('are not stored where no hook waits for them', async () => {
    await using platform = await startPlatform({ config: { retryScheduleMs: [] } });
    const { server, receiver, organizationId, clock } = platform;
    const results = await server.subscribe(RESULTS, { organizationId });
    receiver.answerWith([{ status: 500 }, { status: 500 }, { status: 410 }]);

    for (let count = 0; count < 2; count += 1) {
      await publish(server, organizationId);
      await results.next();
      clock.advance(MINUTE);
    }
    const health = await server.subscribe(HEALTH, { organizationId });
    await publish(server, organizationId);

    expect((await health.next()).hookHealth.health.status).toBe('DISABLED');
    expect(await countEvents(server, organizationId)).toEqual({ order_created: 3 });
  });

  it.each(TYPES)('of the type %s come from nobody else, and the type stays as it is', async (type) => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;

    const { errors: onPublish } = await server.ask(
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate } }',
      {
        input: {
          organizationId,
          events: [
            { type: 'order_created', payload: {} },
            { type, payload: {} },
          ],
        },
      },
    );
    const { errors: onRegister } = await server.ask(
      'mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id } }',
      {
        input: { organizationId, name: type },
      },
    );

    const faultsOf = (errors: typeof onPublish) => errors![0]!.extensions.faults!.map(({ path, received }) => [path, received]);
    expect(faultsOf(onPublish)).toEqual([['input.events[1].type', JSON.stringify(type)]]);
    expect(faultsOf(onRegister)).toEqual([['input.name', JSON.stringify(type)]]);
    expect(await countEvents(server, organizationId)).toEqual({});
  });
});
