import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepLog } from '../support/log.js';
import { makeOrganization, makeWebhook } from '../support/platform.js';
import { post, publishText } from '../support/raw.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, type Answer, startTestServer, type TestServer } from '../support/server.js';

const kept = keepLog();
let server: TestServer;
let receiver: Receiver;
let organizationId: string;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer({ log: kept.log, config: { waitingEventsLimit: 40_000 } }), startReceiver()]);
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

beforeEach(async () => {
  organizationId = await makeOrganization(server);
});

function publish(input: Record<string, unknown>): Promise<Answer> {
  return server.ask(
    `mutation ($input: PublishEventInput!) {
      publishEvent(input: $input) { duplicate event { id type createdAt payload organization { id } deliveries { edges { node { hook { id } } } } } }
    }`,
    { input: { organizationId, type: 'order_created', payload: { n: 1 }, ...input } },
  );
}

/** Asks for keys instead of payloads: a thousand payloads in one answer are too much. */
function publishEvents(events: unknown[]): Promise<Answer> {
  return server.ask('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate event { id orderingKey } } }', {
    input: { organizationId, events },
  });
}

async function countEvents(): Promise<number> {
  const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { events(first: 100) { edges { cursor } } } }', {
    id: organizationId,
  });
  return organization.events.edges.length;
}

describe('a published event', () => {
  it('is there as it was published', async () => {
    const { data } = await publish({ payload: { b: 1, a: [null] } });

    const { event, duplicate } = data!.publishEvent;
    expect(duplicate).toBe(false);
    expect(event).toMatchObject({
      type: 'order_created',
      createdAt: '2026-01-01T12:00:00.000Z',
      organization: { id: organizationId },
      deliveries: { edges: [] },
    });
    expect(JSON.stringify(event.payload)).toBe('{"b":1,"a":[null]}');
    const read = await server.gql('query ($id: ID!) { event(id: $id) { payload } }', { id: event.id });
    expect(JSON.stringify(read.event.payload)).toBe('{"b":1,"a":[null]}');
  });

  it('owes one delivery to each matching active hook and none to another', async () => {
    const make = (change: object = {}) => makeWebhook(server, { organizationId, endpoint: `${receiver.url}/hook`, ...change });
    const [first, second] = [await make({ types: ['order_created', 'order_updated'] }), await make()];
    const deleted = await make();
    await server.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: deleted.id });
    await make({ types: ['order_updated', 'order_removed'] });
    await make({ organizationId: await makeOrganization(server) });

    const { data } = await publish({});

    const hookIds = data!.publishEvent.event.deliveries.edges.map(({ node }: any) => node.hook.id);
    expect(hookIds.toSorted()).toEqual([first.hookIds.order_created, second.hookIds.order_created]);
  });

  it('owes two deliveries to a webhook that has two hooks of its type', async () => {
    const hook = { type: 'order_created', method: 'POST', endpoint: `${receiver.url}/a` };
    await server.gql('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }', {
      input: { organizationId, name: 'Two', hooks: [hook, { ...hook, endpoint: `${receiver.url}/b` }] },
    });

    const { data } = await publish({});

    expect(data!.publishEvent.event.deliveries.edges).toHaveLength(2);
  });

  it('is one commit, all its deliveries with it', async () => {
    await using own = await startTestServer();
    await using silent = await startReceiver();
    silent.answerWith(() => {});
    const organization = await makeOrganization(own);
    await makeWebhook(own, { organizationId: organization, endpoint: silent.url });
    await makeWebhook(own, { organizationId: organization, endpoint: silent.url });
    const commitsBefore = own.commitCount;

    await own.gql(
      `mutation ($o: ID!) {
        publishEvents(input: { organizationId: $o, events: [{ type: "order_created", payload: 1 }, { type: "order_created", payload: 2 }] }) { duplicate }
      }`,
      { o: organization },
    );

    await silent.requests(4);
    expect(own.commitCount).toBe(commitsBefore + 1);
  });

  it.each([
    ['an organization that is not there', { organizationId: 'nobody' }, 'NOT_FOUND', 'There is no organization with the id "nobody".'],
    [
      'an unknown type',
      { type: 'nope' },
      'BAD_USER_INPUT',
      `input.type: expected the name of an event type in the organization's catalog (registerEventType adds one), received "nope"`,
    ],
    [
      'an empty type',
      { type: '' },
      'BAD_USER_INPUT',
      `input.type: expected the name of an event type in the organization's catalog (registerEventType adds one), received ""`,
    ],
    [
      'an empty idempotency key',
      { idempotencyKey: '' },
      'BAD_USER_INPUT',
      'input.idempotencyKey: expected 1 to 256 characters, received ""',
    ],
  ])('is refused for %s', async (_, input, code, message) => {
    const { errors } = await publish(input);

    expect(errors).toMatchObject([{ message, extensions: { code } }]);
    expect(await countEvents()).toBe(0);
  });

  it("is refused for another organization's type, in the words for an unknown one", async () => {
    const other = await makeOrganization(server);
    await server.gql('mutation ($o: ID!) { registerEventType(input: { organizationId: $o, name: "seat.taken" }) { id } }', { o: other });

    const { errors } = await publish({ type: 'seat.taken' });

    expect(errors![0]!.extensions.faults).toMatchObject([{ path: 'input.type', received: '"seat.taken"' }]);
  });

  it('can have null for a payload, which is a JSON value too', async () => {
    const { data } = await publish({ payload: null });

    expect(data!.publishEvent.event.payload).toBeNull();
  });

  it('cannot have no payload', async () => {
    const { errors } = await publish({ payload: undefined });

    expect(errors![0]!.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      faults: [{ path: 'input.payload', received: 'nothing', expected: 'a JSON value; null is one' }],
    });
  });
});

describe('a payload', () => {
  const texts: Array<[string, string]> = [
    ['keys in an order of its own', '{"z":1,"a":{"y":2,"b":3},"":4}'],
    ['a key named __proto__', '{"__proto__":{"a":1},"constructor":2}'],
    ['text beyond the basic plane', '"Zürich 😀 \u{1f468}\u200d\u{1f469}"'],
    ['lone surrogates', '["\\ud800","\\udc00x"]'],
    ['NUL', '"\\u0000"'],
    ['a byte order mark', '"\ufeffx\ufeff"'],
    ['line separators', '"\u2028\u2029"'],
    ['markup', '"</script><!--"'],
    ['the largest numbers', '[1.7976931348623157e+308,9007199254740991,-9007199254740991,1e+21]'],
    ['the smallest numbers', '[5e-324,0.1,0.30000000000000004,1e-7]'],
    ['scalars', 'false'],
    ['nothing in it', '[{},[],""]'],
    ['deep nesting', '['.repeat(500) + ']'.repeat(500)],
    ['zeros at the end of numbers', '[1.0,10.50,19.90,0.0,-0,-0.0]'],
    ['exponents', '[1e2,1E+2,1.5e-7,1e400,-1E999]'],
    ['more digits than a double holds', '{"a":[12345678901234567890,9007199254740993,{"b":0.1234567890123456789}]}'],
    ['a large whole number', '1000000000000000000000'],
    ['escapes that need not be', '["\\u00e9","\\/","\\u0041\\u000a"]'],
    ['nothing but null', 'null'],
  ];

  it.each(texts)('with %s goes out byte for byte as it came in', async (_, payload) => {
    await using own = await startReceiver();
    await makeWebhook(server, { organizationId, endpoint: own.url });

    const { text: answer, json } = await publishText(server, organizationId, payload);

    expect(json.data.publishEvent.event.payload).toEqual(JSON.parse(payload));
    // In the answer of the API, strings are escaped as JSON.stringify does it; numbers are spelled as they were.
    if (!payload.includes('\\')) expect(answer).toContain(`"payload":${payload}}`);
    const { body } = await own.next();
    expect(body.toString('utf8').slice(-payload.length - 8)).toBe(`"data":${payload}}`);
  });

  it('goes out with its keys in their order, those that are whole numbers too, and without the white space between values', async () => {
    await using own = await startReceiver();
    await makeWebhook(server, { organizationId, endpoint: own.url });

    const { json } = await publishText(server, organizationId, ' { "10" : 1.0,\n\t"2":[ 2 , " 3 " ] } ');

    expect(json.data.publishEvent.event.payload).toEqual({ 10: 1, 2: [2, ' 3 '] });
    const { body } = await own.next();
    expect(body.toString('utf8')).toMatch(/"data":\{"10":1\.0,"2":\[2," 3 "\]\}\}$/);
  });

  it('goes out as it came in from wherever it stands: in a whole input, in several events, beside values that have other types', async () => {
    await using own = await startReceiver();
    await makeWebhook(server, { organizationId, endpoint: own.url });
    const query = 'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { event { id } } }';
    const events = '[{"type":"order_created","payload":1.0},{"payload":{"2":1,"1":2},"type":"order_created","orderingKey":null}]';

    const { json } = await post(
      server,
      `{"variables":{"unused":1.0,"i":{"organizationId":"${organizationId}","events":${events}}},"query":"${query}"}`,
    );

    expect(json.data.publishEvents).toHaveLength(2);
    const bodies = [await own.next(), await own.next()].map(({ body }) => body.toString('utf8').replace(/^.*"data":/, ''));
    expect(bodies.toSorted()).toEqual(['1.0}', '{"2":1,"1":2}}']);
  });

  it('stands for the same event again where it is spelled otherwise, and for another where one of its digits is', async () => {
    const query =
      'mutation ($o: ID!, $p: JSON) { publishEvent(input: { organizationId: $o, type: "order_created", payload: $p, idempotencyKey: "k" }) { duplicate } }';
    const send = async (payload: string) =>
      (await post(server, `{"query":${JSON.stringify(query)},"variables":{"o":"${organizationId}","p":${payload}}}`)).json;

    expect((await send('{"a":9007199254740993,"b":1}')).data.publishEvent.duplicate).toBe(false);
    expect((await send('{"b":1.0,"a":9007199254740993}')).data.publishEvent.duplicate).toBe(true);
    expect((await send('{"a":9007199254740992,"b":1}')).errors[0].extensions.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it.each(['12345678901234567890', '0.1234567890123456789', '1e400'])('with the number %s is refused in the query', async (number) => {
    const { errors } = await server.ask(
      `mutation { publishEvent(input: { organizationId: "${organizationId}", type: "order_created", payload: { a: [{ b: ${number} }] } }) { duplicate } }`,
    );

    expect(errors![0]!.message).toContain(number);
    expect(await countEvents()).toBe(0);
  });

  it.each(['"12345678901234567890"', '1.50', '1e2', '100000000000000000000', '0.10000000000000000'])(
    'with %s, which a double holds, is taken',
    async (number) => {
      const { json } = await publishText(server, organizationId, number);

      expect(json.data.publishEvent.event.payload).toEqual(JSON.parse(number));
    },
  );

  it('may be written into the query', async () => {
    const { data } = await server.ask(
      `mutation ($n: Int) { publishEvent(input: { organizationId: "${organizationId}", type: "order_created", payload: { z: 1.5, a: [true, null, "x", $n] } }) { event { payload } } }`,
      { n: 3 },
    );

    expect(JSON.stringify(data!.publishEvent.event.payload)).toBe('{"z":1.5,"a":[true,null,"x",3]}');
  });

  it.each([
    ['ASCII', 'x', 1],
    ['characters of three bytes', '€', 3],
    ['lone surrogates, which are escaped', '\ud800', 6],
  ])('of 256 KiB is taken and of one byte more is too large, in %s', async (_, character, byteCount) => {
    const contentBytes = 256 * 1024 - 2;
    const full = character.repeat(Math.floor(contentBytes / byteCount)) + 'y'.repeat(contentBytes % byteCount);

    expect((await publish({ payload: full })).errors).toBeUndefined();
    expect((await publish({ payload: `${full}y` })).errors).toMatchObject([
      {
        message: 'input.payload: expected at most 262144 bytes of JSON (256 KiB), received 262145 bytes',
        extensions: { code: 'PAYLOAD_TOO_LARGE', faults: [{ path: 'input.payload', received: '262145 bytes' }] },
      },
    ]);
    expect(await countEvents()).toBe(1);
  });

  it.each([501, 505, 506, 5000, 100_000])('with %i lists in each other is refused', async (depth) => {
    const { json } = await publishText(server, organizationId, '['.repeat(depth) + ']'.repeat(depth));

    expect(json.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(json.errors[0].message).toContain('at most 500');
    expect(await countEvents()).toBe(0);
  });

  it.each([501, 2000, 3000, 20_000])('with %i lists in each other is refused in the query too', async (depth) => {
    const { errors } = await server.ask(
      `mutation { publishEvent(input: { organizationId: "${organizationId}", type: "order_created", payload: ${'['.repeat(depth)}${']'.repeat(depth)} }) { duplicate } }`,
    );

    expect(errors![0]!.extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
    expect(errors![0]!.message.length).toBeLessThan(200);
  });
});

describe('several events', () => {
  const event = (n: number) => ({ type: 'order_created', payload: { n } });

  it('are published in one call and answered in their order', async () => {
    const { data } = await publishEvents(Array.from({ length: 1000 }, (_, n) => ({ ...event(n), orderingKey: `${n}` })));

    expect(data!.publishEvents.map((result: any) => Number(result.event.orderingKey))).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });

  it('are at most a thousand', async () => {
    const { errors } = await publishEvents(Array.from({ length: 1001 }, (_, n) => event(n)));

    expect(errors![0]!.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      faults: [{ path: 'input.events', received: '1001 events', expected: 'at most 1000 events' }],
    });
    expect(await countEvents()).toBe(0);
  });

  it('may be none', async () => {
    expect(await publishEvents([])).toEqual({ data: { publishEvents: [] } });
  });

  it('are all refused when one is, with the path of each fault', async () => {
    await server.gql(
      'mutation ($o: ID!) { registerEventType(input: { organizationId: $o, name: "priced", schema: { properties: { price: { type: "number" } } } }) { id } }',
      { o: organizationId },
    );

    const { errors } = await publishEvents([
      event(0),
      { ...event(1), type: 'nope' },
      { ...event(2), idempotencyKey: 'k'.repeat(257) },
      { type: 'priced', payload: { price: 'free' } },
    ]);

    expect(errors![0]!.extensions.faults!.map(({ path }) => path)).toEqual([
      'input.events[1].type',
      'input.events[2].idempotencyKey',
      'input.events[3].payload.price',
    ]);
    expect(await countEvents()).toBe(0);
  });

  it('are all refused when one is too large', async () => {
    const { errors } = await publishEvents([event(0), { ...event(1), payload: 'x'.repeat(256 * 1024) }]);

    expect(errors![0]!.extensions).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', faults: [{ path: 'input.events[1].payload' }] });
    expect(await countEvents()).toBe(0);
  });

  it('tell a hundred faults at most', async () => {
    const { errors } = await publishEvents(Array.from({ length: 1000 }, () => ({ type: 'nope', payload: 1 })));

    expect(errors![0]!.extensions.faults).toHaveLength(100);
  });

  it('each owe their deliveries', async () => {
    await makeWebhook(server, { organizationId, endpoint: receiver.url });

    await publishEvents([event(0), { type: 'order_updated', payload: 1 }, event(2)]);

    const { organization } = await server.gql(
      'query ($id: ID!) { organization(id: $id) { deliveries { edges { node { event { payload } } } } } }',
      { id: organizationId },
    );
    expect(organization.deliveries.edges.map(({ node }: any) => node.event.payload)).toEqual([{ n: 2 }, { n: 0 }]);
  });
});

describe('publishes that arrive together', () => {
  it('share commits', async () => {
    const commitsBefore = server.commitCount;

    // All requests in one piece: requests over many new connections arrive one by one.
    const answers = await sendTogether(Array.from({ length: 60 }, (_, n) => ({ organizationId, type: 'order_created', payload: n })));

    expect(answers.match(/"duplicate":false/g)).toHaveLength(60);
    expect(server.commitCount - commitsBefore).toBeLessThan(6);
  });

  it('each cost a commit when they come one after the other', async () => {
    const commitsBefore = server.commitCount;

    for (let count = 0; count < 5; count += 1) await publish({});

    expect(server.commitCount - commitsBefore).toBe(5);
  });

  it('fail alone', async () => {
    const bad = [{ type: 'nope' }, { organizationId: 'nobody' }, { idempotencyKey: '' }, { payload: 'x'.repeat(262_144) }];

    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => publish(n % 10 === 0 ? bad[n / 10]! : {})));

    const codes = answers.map(({ errors }) => errors?.[0]!.extensions.code);
    expect(codes.filter((code) => code !== undefined)).toEqual(['BAD_USER_INPUT', 'NOT_FOUND', 'BAD_USER_INPUT', 'PAYLOAD_TOO_LARGE']);
    expect(await countEvents()).toBe(36);
  });

  it('may be forty thousand events with a key each', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, call) =>
        publishEvents(Array.from({ length: 1000 }, (__, n) => ({ type: 'order_created', payload: 1, idempotencyKey: `${call}-${n}` }))),
      ),
    );

    expect(answers.every(({ errors }) => errors === undefined)).toBe(true);
    expect(kept.lines().filter(({ msg }) => msg === 'batch.failed')).toEqual([]);
  });
});

/** Sends publishes over one connection, one behind the other, without waiting for answers; gives the text of all answers. */
async function sendTogether(inputs: unknown[]): Promise<string> {
  const requests = inputs.map((input, index) => {
    const body = JSON.stringify({
      query: 'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { duplicate } }',
      variables: { input },
    });
    const isLast = index === inputs.length - 1;
    return [
      'POST /graphql HTTP/1.1',
      'host: localhost',
      'content-type: application/json',
      `authorization: Bearer ${ADMIN_KEY}`,
      `content-length: ${Buffer.byteLength(body)}`,
      ...(isLast ? ['connection: close'] : []),
      '',
      body,
    ].join('\r\n');
  });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(requests.join(''));
  return text(socket);
}

it('refuses a body over 16 MiB in words', async () => {
  const { status, json } = await post(server, ' '.repeat(16 * 1024 * 1024 + 1));

  expect(status).toBe(413);
  expect(json.errors).toMatchObject([{ message: expect.stringContaining('16 MiB') as string, extensions: { code: 'PAYLOAD_TOO_LARGE' } }]);
});
