import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { makeOrganization, makeWebhook } from '../support/platform.js';
import { publishText } from '../support/raw.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { type Answer, startTestServer, type TestServer } from '../support/server.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const clock = new ManualClock();
let server: TestServer;
let receiver: Receiver;
let organizationId: string;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer({ clock }), startReceiver()]);
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

beforeEach(async () => {
  organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url, types: ['order_created', 'order_updated'] });
});

function publish(change: Record<string, unknown> = {}): Promise<Answer> {
  return server.ask('mutation ($input: PublishEventInput!) { publishEvent(input: $input) { duplicate event { id } } }', {
    input: { organizationId, type: 'order_created', payload: { a: 1, b: { c: [2], d: 3 } }, idempotencyKey: 'key', ...change },
  });
}

async function published(change: Record<string, unknown> = {}): Promise<{ duplicate: boolean; event: { id: string } }> {
  const { data, errors } = await publish(change);
  expect(errors).toBeUndefined();
  return data!.publishEvent;
}

function publishEvents(events: unknown[]): Promise<Answer> {
  return server.ask('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate event { id } } }', {
    input: { organizationId, events },
  });
}

async function counts(): Promise<{ events: number; deliveries: number }> {
  const { organization } = await server.gql(
    'query ($id: ID!) { organization(id: $id) { events(first: 100) { edges { cursor } } deliveries(first: 100) { edges { cursor } } } }',
    { id: organizationId },
  );
  return { events: organization.events.edges.length, deliveries: organization.deliveries.edges.length };
}

describe('the same key again', () => {
  it('gives the same event and owes nothing new', async () => {
    const first = await published();

    const second = await published();

    expect(first.duplicate).toBe(false);
    expect(second).toEqual({ duplicate: true, event: { id: first.event.id } });
    expect(await counts()).toEqual({ events: 1, deliveries: 1 });
  });

  it('makes another event where there is no key', async () => {
    await published({ idempotencyKey: null });
    await published({ idempotencyKey: null });

    expect(await counts()).toEqual({ events: 2, deliveries: 2 });
  });

  it('gives the same event when the keys of the payload come in another order', async () => {
    const first = await published();

    const second = await published({ payload: { b: { d: 3, c: [2] }, a: 1 } });

    expect(second).toEqual({ duplicate: true, event: { id: first.event.id } });
  });

  it('gives one event when both come at the same moment', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => published()));

    expect(new Set(results.map(({ event }) => event.id)).size).toBe(1);
    expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await counts()).toEqual({ events: 1, deliveries: 1 });
  });

  it.each([
    ['another payload', { payload: { a: 2 } }, 'payload'],
    ['a payload whose list is in another order', { payload: { a: 1, b: { c: [2, 2], d: 3 } } }, 'payload'],
    ['text for a number', { payload: { a: '1', b: { c: [2], d: 3 } } }, 'payload'],
    ['another type', { type: 'order_updated' }, 'type'],
  ])('is an error with %s', async (_, change, what) => {
    const first = await published();

    const { errors } = await publish(change);

    const expected = `a key not used in the last 24 hours: it stands for the event ${first.event.id}, with another ${what}`;
    expect(errors![0]!.extensions).toEqual({
      code: 'IDEMPOTENCY_KEY_REUSED',
      faults: [{ path: 'input.idempotencyKey', received: '"key"', expected }],
    });
    expect(await counts()).toEqual({ events: 1, deliveries: 1 });
  });

  it('with another payload at the same moment makes one event and one error', async () => {
    const answers = await Promise.all([publish({ payload: 1 }), publish({ payload: 2 })]);

    expect(answers.map(({ errors }) => errors?.[0]!.extensions.code).toSorted()).toEqual(['IDEMPOTENCY_KEY_REUSED', undefined]);
    expect(await counts()).toEqual({ events: 1, deliveries: 1 });
  });

  it('finds its event when the server was started anew', async () => {
    await using first = await startTestServer();
    const organization = await makeOrganization(first);
    const query =
      'mutation ($o: ID!) { publishEvent(input: { organizationId: $o, type: "order_created", payload: 1, idempotencyKey: "k" }) { duplicate event { id } } }';
    const before = await first.gql(query, { o: organization });
    await first.stop();
    await using second = await startTestServer({ config: { dataDir: first.dataDir } });

    const after = await second.gql(query, { o: organization });

    expect(after.publishEvent).toEqual({ duplicate: true, event: { id: before.publishEvent.event.id } });
  });
});

describe('a key', () => {
  it('is free after 24 hours, and not a moment sooner', async () => {
    const first = await published();
    clock.advance(DAY_MS - 1);
    expect((await published()).duplicate).toBe(true);
    clock.advance(1);

    const second = await published({ payload: 'another' });

    expect(second.duplicate).toBe(false);
    expect(second.event.id).not.toBe(first.event.id);
    expect(await published({ payload: 'another' })).toEqual({ duplicate: true, event: second.event });
  });

  it('is not kept longer by using it again', async () => {
    await published();
    clock.advance(DAY_MS / 2);
    await published();
    clock.advance(DAY_MS / 2);

    expect((await published()).duplicate).toBe(false);
  });

  it("is apart from another organization's", async () => {
    const other = await makeOrganization(server);
    await published();

    expect((await published({ organizationId: other, payload: 'another' })).duplicate).toBe(false);
  });

  it.each([['a'], ['with spaces '], [' '], ['dots.and/slashes'], ['é😀'], ["' or 1=1 --"], ['k'.repeat(256)]])(
    'may be %j',
    async (idempotencyKey) => {
      const first = await published({ idempotencyKey });

      expect(await published({ idempotencyKey })).toEqual({ duplicate: true, event: first.event });
    },
  );

  it('is one of its own for each spelling', async () => {
    const keys = ['k', 'K', 'k ', ' k', 'é', 'e\u0301'];

    const results = await Promise.all(keys.map((idempotencyKey) => published({ idempotencyKey, payload: idempotencyKey })));

    expect(results.every(({ duplicate }) => !duplicate)).toBe(true);
  });

  it.each([[''], ['k'.repeat(257)], ['\ud800'], ['a\0b']])('may not be %j', async (idempotencyKey) => {
    const { errors } = await publish({ idempotencyKey });

    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', faults: [{ path: 'input.idempotencyKey' }] });
    expect(await counts()).toEqual({ events: 0, deliveries: 0 });
  });

  it('is not used up by a publish that was refused', async () => {
    await publish({ type: 'nope' });

    expect((await published()).duplicate).toBe(false);
  });
});

describe('keys within one call', () => {
  const event = (idempotencyKey: string, payload: unknown = 1) => ({ type: 'order_created', payload, idempotencyKey });

  it('may come twice for the same event', async () => {
    const { data } = await publishEvents([event('a'), event('b'), event('a')]);

    const [first, , third] = data!.publishEvents;
    expect(third).toEqual({ duplicate: true, event: first.event });
    expect(await counts()).toEqual({ events: 2, deliveries: 2 });
  });

  it('may not come twice for different events: none is published', async () => {
    const { errors } = await publishEvents([event('a'), event('b'), event('a', 2)]);

    expect(errors![0]!.extensions).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', faults: [{ path: 'input.events[2].idempotencyKey' }] });
    expect(await counts()).toEqual({ events: 0, deliveries: 0 });
  });

  it('find the events of earlier calls', async () => {
    await publishEvents([event('a'), event('b')]);

    const { data } = await publishEvents([event('b'), event('c')]);

    expect(data!.publishEvents.map(({ duplicate }: any) => duplicate)).toEqual([true, false]);
  });

  it('are free again when the call was refused', async () => {
    await publishEvents([event('a'), { ...event('b'), type: 'nope' }]);

    const { data } = await publishEvents([event('a', 2)]);

    expect(data!.publishEvents[0].duplicate).toBe(false);
  });

  it('of a refused call do not bind another call of the same moment', async () => {
    const [refused, taken] = await Promise.all([
      publishEvents([event('a'), { ...event('b'), type: 'nope' }]),
      publishEvents([event('a', 2)]),
    ]);

    expect(refused.errors).toBeDefined();
    expect(taken.data!.publishEvents[0].duplicate).toBe(false);
  });
});

it('takes payloads for the same whose numbers are spelled in different ways', async () => {
  const texts = ['{"n":1.50}', '{"n":1.5}', '{"n":15e-1}'];

  const payloads = await Promise.all(texts.map((text) => publishText(server, organizationId, text)));

  expect(new Set(payloads.map(({ json }) => JSON.stringify(json.data.publishEvent.event.payload)))).toEqual(new Set(['{"n":1.5}']));
});
