import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeWebhook, pauseHook, readDelivery, readHooks, RESULTS, resumeHook } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import type { TestServer } from '../support/server.js';
import { attemptOnce, expectRequests, startPlatform } from '../support/start-platform.js';

const NOBODY = '019b796d-0000-7000-8000-000000000000';

async function sendTestEvent(server: TestServer, hookId: string): Promise<any> {
  const { sendTestEvent: delivery } = await server.gql(
    `mutation ($hookId: ID!) {
      sendTestEvent(hookId: $hookId) {
        id status attemptCount hook { id } event { id type isTest payload orderingKey deliveries { edges { node { id } } } }
      }
    }`,
    { hookId },
  );
  return delivery;
}

async function exampleOf(server: TestServer, organizationId: string, name: string): Promise<unknown> {
  const { organization } = await server.gql(
    'query ($id: ID!) { organization(id: $id) { eventTypes(first: 100) { edges { node { name example } } } } }',
    { id: organizationId },
  );
  return organization.eventTypes.edges.find(({ node }: any) => node.name === name).node.example;
}

describe('a test event', () => {
  it("carries its type's example, says in the signed body that it is a test, and goes to its hook alone", async () => {
    // The published verifier compares the signed time with the real one.
    await using platform = await startPlatform({ clock: new ManualClock(Date.now()) });
    await using other = await startReceiver();
    const { server, receiver, organizationId, hookId, signingSecret, clock } = platform;
    await makeWebhook(server, { organizationId, endpoint: other.url });
    const results = await server.subscribe(RESULTS, { organizationId });
    const example = await exampleOf(server, organizationId, 'order_created');

    const delivery = await sendTestEvent(server, hookId);

    const { event } = delivery;
    expect(delivery).toMatchObject({ status: 'PENDING', attemptCount: 0, hook: { id: hookId } });
    expect(event).toMatchObject({ type: 'order_created', isTest: true, payload: example, orderingKey: null });
    expect(event.deliveries.edges).toEqual([{ node: { id: delivery.id } }]);
    const [request] = await receiver.requests(1);
    const verified = new Verifier(signingSecret).verify(request!.body, request!.headers);
    expect(verified).toEqual({
      id: event.id,
      type: 'order_created',
      timestamp: new Date(clock.now()).toISOString(),
      organizationId,
      test: true,
      data: example,
    });
    expect(request!.headers['webhook-id']).toBe(delivery.id);
    expect((await results.next()).deliveryResults.delivery).toMatchObject({ id: delivery.id, status: 'SUCCEEDED' });
    expect(other.received).toHaveLength(0);
  });

  it('is what says so: an event that was published does not', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId } = platform;

    const { eventId } = await attemptOnce(platform, 200);

    expect(JSON.parse(receiver.received[0]!.body.toString())).not.toHaveProperty('test');
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { events { edges { node { id isTest } } } } }', {
      id: organizationId,
    });
    expect(organization.events.edges).toEqual([{ node: { id: eventId, isTest: false } }]);
  });

  it('of a type without an example carries an empty object', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId } = platform;
    const schema = { type: 'object', required: ['seat'] };
    await server.gql('mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id } }', {
      input: { organizationId, name: 'seat_taken', schema },
    });
    const { hookIds } = await makeWebhook(server, { organizationId, endpoint: receiver.url, types: ['seat_taken'] });

    const { event } = await sendTestEvent(server, hookIds.seat_taken!);

    expect(event).toMatchObject({ type: 'seat_taken', payload: {} });
    const [request] = await receiver.requests(1);
    expect(JSON.parse(request!.body.toString())).toMatchObject({ type: 'seat_taken', test: true, data: {} });
  });

  it("tries hooks of the server's own events out too", async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId } = platform;
    const { hookIds } = await makeWebhook(server, { organizationId, endpoint: receiver.url, types: ['hook_disabled'] });

    await sendTestEvent(server, hookIds.hook_disabled!);

    const [request] = await receiver.requests(1);
    expect(JSON.parse(request!.body.toString())).toMatchObject({
      test: true,
      data: await exampleOf(server, organizationId, 'hook_disabled'),
    });
  });

  it('is retried like any other', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, hookId, clock } = platform;
    receiver.answerWith([{ status: 500 }, { status: 200 }]);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });

    const { id } = await sendTestEvent(server, hookId);
    await attempts.next();
    clock.advance(6000);

    const { number, delivery, request } = (await attempts.next()).deliveryAttempts.attempt;
    expect({ number, id: delivery.id, status: delivery.status }).toEqual({ number: 2, id, status: 'SUCCEEDED' });
    expect(JSON.parse(request.body).test).toBe(true);
    expect(receiver.received.map(({ body }) => body.toString())).toEqual([request.body, request.body]);
  });

  it('is held while its hook is paused', async () => {
    await using platform = await startPlatform();
    const { server, webhookId, hookId } = platform;
    await pauseHook(server, hookId);

    const delivery = await sendTestEvent(server, hookId);

    expect(delivery.status).toBe('HELD');
    expect(await readHooks(server, webhookId)).toMatchObject([{ heldCount: 1 }]);
    await expectRequests(platform, 0);
    await resumeHook(server, hookId);
    await expectRequests(platform, 1);
  });

  it('waits for no other, although the hook is STRICT and its first delivery fails', async () => {
    await using platform = await startPlatform({ settings: { ordering: 'STRICT' } });
    const { server, receiver, hookId } = platform;
    const { delivery, nextAttempt } = await attemptOnce(platform, 500);
    receiver.answerWith({ status: 200 });

    const { id } = await sendTestEvent(server, hookId);

    expect(await nextAttempt()).toMatchObject({ number: 1, delivery: { id, status: 'SUCCEEDED' } });
    expect(await readDelivery(server, delivery.id)).toMatchObject({ status: 'RETRYING', attemptCount: 1 });
  });

  it('is of a hook that is there', async () => {
    await using platform = await startPlatform();
    const { server, webhookId, hookId, organizationId } = platform;
    await server.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhookId });

    for (const id of [NOBODY, 'nobody', hookId]) {
      const { errors } = await server.ask('mutation ($id: ID!) { sendTestEvent(hookId: $id) { id } }', { id });

      expect(errors).toMatchObject([{ message: `There is no hook with the id "${id}".`, extensions: { code: 'NOT_FOUND' } }]);
    }
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { events { edges { cursor } } } }', {
      id: organizationId,
    });
    expect(organization.events.edges).toEqual([]);
  });
});
