import { describe, expect, it } from 'vitest';
import { beginOtherWrite } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany, RESULTS } from '../support/platform.js';
import { type Exchange, startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { watchLog } from '../support/watched-log.js';

const SECOND = 1000;

/** Asks for an event with an idempotency key, and for what it owes. */
const PUBLISH = `
  mutation ($organizationId: ID!) {
    publishEvent(input: { organizationId: $organizationId, type: "order_created", payload: { n: 1 }, idempotencyKey: "order-1" }) {
      duplicate
      event { id }
    }
  }`;

const RECORD = `
  query ($id: ID!) {
    organization(id: $id) {
      events { edges { node { id } } }
      deliveries { edges { node { status attemptCount attempts { edges { node { number } } } } } }
    }
  }`;

/** A server on a clock that stands still, with a log whose lines can be awaited. */
async function start() {
  const stack = new AsyncDisposableStack();
  const clock = new ManualClock();
  const { log, logged, lines } = watchLog();
  const server = stack.use(await startTestServer({ clock, log }));
  const receiver = stack.use(await startReceiver());
  const organizationId = await makeOrganization(server);
  const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url });
  return { server, receiver, clock, organizationId, webhook, logged, lines, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('while another program writes to the database', () => {
  it('a publish is refused with a code and leaves nothing, and the same publish goes through afterwards', async () => {
    await using started = await start();
    const { server, receiver, clock, organizationId, logged } = started;
    using other = beginOtherWrite(server);

    const refused = await server.ask(PUBLISH, { organizationId });

    expect(refused.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    expect(await health(server)).toEqual({
      code: 503,
      status: 'failing',
      problems: ['The database cannot be written since 2026-01-01T12:00:00.000Z (locked by another program).'],
    });
    expect(await server.gql(RECORD, { id: organizationId })).toEqual({
      organization: { events: { edges: [] }, deliveries: { edges: [] } },
    });

    other.commit();
    clock.advance(SECOND);
    await logged('database.recovered');

    expect(await health(server)).toEqual({ code: 200, status: 'ok' });
    expect(await server.gql(PUBLISH, { organizationId })).toMatchObject({ publishEvent: { duplicate: false } });
    expect(await server.gql(PUBLISH, { organizationId })).toMatchObject({ publishEvent: { duplicate: true } });
    await receiver.requests(1);
  });

  it('many publishes at once are all refused, and the server still answers who only reads', async () => {
    await using started = await start();
    const { server, organizationId } = started;
    using other = beginOtherWrite(server);

    const answers = await Promise.all(Array.from({ length: 20 }, () => server.ask(PUBLISH, { organizationId })));
    const { organization } = await server.gql(RECORD, { id: organizationId });
    other.commit();

    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(answers.map(() => 'UNAVAILABLE'));
    expect(organization.events.edges).toEqual([]);
  });

  it('a configuration is refused too, and does not stop what comes after it', async () => {
    await using started = await start();
    const { server } = started;
    using other = beginOtherWrite(server);

    const refused = await server.ask('mutation { createOrganization(input: { name: "x" }) { id } }');
    other.commit();

    expect(refused.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    expect(await makeOrganization(server)).toBeTypeOf('string');
  });

  it('what comes of an attempt on the wire is kept, recorded afterwards, and not sent twice', async () => {
    await using started = await start();
    const { server, receiver, clock, organizationId, logged } = started;
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    await receiver.requests(1);
    using other = beginOtherWrite(server);

    held[0]!.response.end('ok');
    await logged('database.failing');
    const { organization: meanwhile } = await server.gql(RECORD, { id: organizationId });
    other.commit();
    // What tries again waits on the clock, for a second at the most.
    while (attempts.waitingCount === 0) {
      clock.advance(SECOND);
      await server.gql('{ __typename }');
    }

    expect(meanwhile.deliveries.edges).toEqual([{ node: { status: 'PENDING', attemptCount: 0, attempts: { edges: [] } } }]);
    const { attempt } = (await attempts.next()).deliveryAttempts;
    expect(attempt).toMatchObject({ number: 1, outcome: { status: 200, body: 'ok' }, delivery: { status: 'SUCCEEDED' } });
    const { organization: afterwards } = await server.gql(RECORD, { id: organizationId });
    expect(afterwards.deliveries.edges).toEqual([
      { node: { status: 'SUCCEEDED', attemptCount: 1, attempts: { edges: [{ node: { number: 1 } }] } } },
    ]);
    expect(receiver.received).toHaveLength(1);
  });

  it('an outage with many attempts to record is a few lines in the log, and each of them is recorded afterwards', async () => {
    await using started = await start();
    const { server, receiver, clock, organizationId, logged, lines } = started;
    const count = 8;
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));
    await publishMany(server, organizationId, count);
    await receiver.requests(count);
    using other = beginOtherWrite(server);
    const before = lines.length;

    for (const { response } of held) response.end('ok');
    await logged('attempt.unrecorded');
    for (let second = 0; second < 12; second += 1) {
      clock.advance(SECOND);
      await server.gql('{ __typename }');
      await server.ask(PUBLISH, { organizationId });
    }
    const during = lines.slice(before).filter(({ level }) => level > 20);

    expect(
      during
        .filter(({ err }) => err !== undefined)
        .map(({ msg }) => msg)
        .toSorted(),
    ).toEqual(['attempt.unrecorded', 'database.failing']);
    expect(during.length).toBeLessThan(8);
    const counted = during.find(({ failureCount }) => failureCount !== undefined)!;
    expect(counted).toMatchObject({ msg: 'attempt.unrecorded', durationMs: 10_000, reason: expect.stringContaining('cannot be written') });
    expect(counted.failureCount).toBeGreaterThan(count);
    other.commit();
    clock.advance(SECOND);
    await logged('delivery.attempted', count);
    clock.advance(30 * SECOND);
    expect(await logged('failures.ended')).toMatchObject({ line: 'attempt.unrecorded', failureCount: expect.any(Number) });
  });

  it('nothing new is sent, not even what falls due, and all of it goes afterwards', async () => {
    await using started = await start();
    const { server, receiver, clock, organizationId, logged } = started;
    receiver.answerWith([{ status: 500 }, { status: 200 }]);
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    const { attempt: first } = (await attempts.next()).deliveryAttempts;
    using other = beginOtherWrite(server);
    await server.ask(PUBLISH, { organizationId });
    await logged('database.failing');

    clock.advance(Date.parse(first.delivery.nextAttemptAt) - clock.now() + SECOND);
    for (let round = 0; round < 5; round += 1) await server.gql('{ __typename }');
    const meanwhile = receiver.received.length;
    other.commit();
    clock.advance(SECOND);
    await logged('database.recovered');

    expect(meanwhile).toBe(1);
    expect((await attempts.next()).deliveryAttempts.attempt).toMatchObject({ number: 2, delivery: { status: 'SUCCEEDED' } });
    expect(receiver.received).toHaveLength(2);
  });

  it('what a removal had yet to cancel is cancelled afterwards', async () => {
    await using started = await start();
    const { server, receiver, clock, organizationId, webhook, logged } = started;
    receiver.answerWith({ status: 500 });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const results = await server.subscribe(RESULTS, { organizationId });
    await publish(server, organizationId);
    await attempts.next();
    using other = beginOtherWrite(server);
    await server.ask(PUBLISH, { organizationId });

    // As a removal leaves it when the storage fails before its second step.
    other.commit(`update hooks set status = 'REMOVED' where id = '${webhook.hookIds.order_created}'`);
    clock.advance(SECOND);
    await logged('database.recovered');

    expect((await results.next()).deliveryResults).toMatchObject({ delivery: { status: 'CANCELLED', nextAttemptAt: null } });
  });
});

async function health(server: TestServer) {
  const response = await fetch(`${server.url}/health`);
  return { code: response.status, ...((await response.json()) as object) };
}
