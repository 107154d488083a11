import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { makeOrganization } from '../support/platform.js';
import { publishText } from '../support/raw.js';
import { type Answer, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  organizationId = await makeOrganization(server);
});

function register(input: Record<string, unknown>, organization = organizationId): Promise<Answer> {
  return server.ask(
    'mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id name description schema example createdAt updatedAt } }',
    { input: { organizationId: organization, name: 'seat.taken', ...input } },
  );
}

async function catalog(organization = organizationId): Promise<any[]> {
  const { organization: found } = await server.gql(
    'query ($id: ID!) { organization(id: $id) { eventTypes { edges { node { id name description schema example } } } } }',
    { id: organization },
  );
  return found.eventTypes.edges.map(({ node }: any) => node);
}

function publish(payload: unknown, type = 'seat.taken', organization = organizationId): Promise<Answer> {
  return server.ask('mutation ($input: PublishEventInput!) { publishEvent(input: $input) { event { payload } } }', {
    input: { organizationId: organization, type, payload },
  });
}

const orderSchema = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number', minimum: 0 } } } } },
};

describe('registering an event type', () => {
  it('adds it to the catalog of its organization alone', async () => {
    const other = await makeOrganization(server);

    const { data } = await register({ description: 'A seat was taken.', schema: orderSchema, example: { items: [] } });

    expect(data!.registerEventType).toMatchObject({ name: 'seat.taken', description: 'A seat was taken.', schema: orderSchema });
    expect(await catalog()).toHaveLength(12);
    expect(await catalog(other)).toHaveLength(11);
  });

  it('again changes it, whole', async () => {
    const first = await register({ description: 'Old', schema: orderSchema, example: { items: [] } });

    const second = await register({ description: 'New', schema: { type: 'string' } });

    expect(second.data!.registerEventType).toMatchObject({
      id: first.data!.registerEventType.id,
      description: 'New',
      schema: { type: 'string' },
      example: null,
    });
    expect(await catalog()).toHaveLength(12);
  });

  it('changes a built-in one too', async () => {
    await register({ name: 'order_created', schema: orderSchema });

    const { errors } = await publish({}, 'order_created');

    expect(await catalog()).toHaveLength(11);
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it.each([['hello'], ['5'], [5], [false], ['null'], [[1, [2]]], [{ deep: { '': null } }]])(
    'keeps the example %j as it is',
    async (example) => {
      await register({ example });

      expect((await catalog()).find(({ name }) => name === 'seat.taken').example).toEqual(example);
    },
  );

  it.each([[true], [{}], [{ type: ['string', 'null'] }], [{ $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{}] }]])(
    'takes the schema %j',
    async (schema) => {
      const { data } = await register({ schema });

      expect(data!.registerEventType.schema).toEqual(schema);
    },
  );

  it('is refused for an organization that is not there', async () => {
    const { errors } = await register({}, 'nobody');

    expect(errors![0]!.extensions.code).toBe('NOT_FOUND');
  });

  it.each([
    ['an empty name', { name: '' }, 'input.name', '""'],
    ['a name with a space', { name: 'a b' }, 'input.name', '"a b"'],
    ['a name that begins with a dot', { name: '.a' }, 'input.name', '".a"'],
    ['a long name', { name: 'a'.repeat(129) }, 'input.name', `"${'a'.repeat(79)}…`],
    ['a long description', { description: 'a'.repeat(2001) }, 'input.description', `"${'a'.repeat(79)}…`],
    ['text for a schema', { schema: '{}' }, 'input.schema', '"{}"'],
    ['a list for a schema', { schema: [] }, 'input.schema', '[]'],
    ['an unknown type in a schema', { schema: { type: 'text' } }, 'input.schema', 'an object'],
    ['an unresolvable $ref', { schema: { $ref: 'https://schemas.example/order.json' } }, 'input.schema', 'an object'],
    ['a $ref to nowhere inside', { schema: { $ref: '#/$defs/none' } }, 'input.schema', 'an object'],
    ['a bad pattern', { schema: { type: 'string', pattern: '(' } }, 'input.schema', 'an object'],
    [
      'a draft it does not know',
      { schema: { $schema: 'http://json-schema.org/draft-04/schema#' } },
      'input.schema.$schema',
      '"http://json-schema.org/draft-04/schema#"',
    ],
    [
      'a format it does not know',
      { schema: { properties: { a: { type: 'string', format: 'telephone' } } } },
      'input.schema.properties.a.format',
      '"telephone"',
    ],
    ['a pattern that looks behind', { schema: { pattern: '(?<=a)b' } }, 'input.schema.pattern', '"(?<=a)b"'],
    ['an asynchronous schema', { schema: { $async: true } }, 'input.schema.$async', 'true'],
    ['a schema that is nothing but itself', { schema: { $ref: '#' } }, 'input.schema', 'an object'],
    ['a huge schema', { schema: { description: 'x'.repeat(256 * 1024) } }, 'input.schema', '262162 bytes'],
    ['a huge example', { example: 'x'.repeat(256 * 1024) }, 'input.example', '262146 bytes'],
    [
      'an example that breaks the schema',
      { schema: orderSchema, example: { items: [{ price: 'free' }] } },
      'input.example.items[0].price',
      '"free"',
    ],
    ['an example of a schema that allows nothing', { schema: false, example: 1 }, 'input.example', '1'],
  ])('is refused with %s', async (_, input, path, received) => {
    const { errors } = await register(input);

    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', faults: [{ path, received }] });
    expect(await catalog()).toHaveLength(11);
  });

  it('names the reference that cannot be resolved', async () => {
    const { errors } = await register({ schema: { $ref: 'https://schemas.example/order.json' } });

    expect(errors![0]!.message).toContain("can't resolve reference https://schemas.example/order.json");
  });

  it('is told all faults at once', async () => {
    const { errors } = await register({ name: '', description: 'a'.repeat(2001), schema: 5 });

    expect(errors![0]!.extensions.faults!.map(({ path }) => path)).toEqual(['input.name', 'input.description', 'input.schema']);
  });
});

describe('a payload', () => {
  it('is refused at publish when it breaks the schema, with the path of each fault', async () => {
    await register({ schema: orderSchema });

    const { errors } = await publish({ items: [{ price: -1 }, { price: 1 }, { price: 'free' }] });

    expect(errors![0]!.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      faults: [
        { path: 'input.payload.items[0].price', received: '-1', expected: 'to be >= 0' },
        { path: 'input.payload.items[2].price', received: '"free"', expected: 'to be number' },
      ],
    });
  });

  it('is taken when it keeps to the schema', async () => {
    await register({ schema: orderSchema });

    const { data } = await publish({ items: [{ price: 1 }] });

    expect(data!.publishEvent.event.payload).toEqual({ items: [{ price: 1 }] });
  });

  it('is held against the schema of now', async () => {
    await register({ schema: { type: 'string' } });
    await publish('before');
    await register({ schema: { type: 'number' } });

    expect((await publish('after')).errors![0]!.extensions.faults).toMatchObject([{ path: 'input.payload', expected: 'to be number' }]);
    expect((await publish(5)).errors).toBeUndefined();
  });

  it('is held against it by the digits of its numbers', async () => {
    await register({ name: 'order_created', schema: { properties: { price: { multipleOf: 0.01 }, id: { maximum: 9007199254740992 } } } });

    const priced = await publishText(server, organizationId, '{"price":19.99,"id":9007199254740992}');
    const broken = await publishText(server, organizationId, '{"price":19.995,"id":9007199254740993}');

    expect(priced.json.errors).toBeUndefined();
    expect(broken.json.errors[0].extensions.faults).toEqual([
      { path: 'input.payload.price', received: '19.995', expected: 'to be multiple of 0.01' },
      { path: 'input.payload.id', received: '9007199254740993', expected: 'to be <= 9007199254740992' },
    ]);
  });

  it.each(['constructor', 'toString'])('has only the properties that are in its text: %s', async (name) => {
    await register({ schema: { required: [name] } });

    expect((await publish({})).errors![0]!.extensions.faults).toMatchObject([{ path: `input.payload.${name}`, received: 'nothing' }]);
    expect((await publish({ [name]: 1 })).errors).toBeUndefined();
  });

  it('takes a pattern no longer than its own length, whatever it is', async () => {
    await register({ schema: { type: 'string', pattern: '^(a+)+$' } });

    expect((await publish(`${'a'.repeat(100_000)}!`)).errors![0]!.extensions.faults).toMatchObject([
      { expected: 'to match pattern "^(a+)+$"' },
    ]);
    expect((await publish('a'.repeat(46))).errors).toBeUndefined();
  });

  it('is refused whatever it is when the schema is false', async () => {
    await register({ schema: false });

    expect((await publish({})).errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it.each([
    ['draft-07', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }], additionalItems: false }],
    ['2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }], items: false }],
    ['2020-12 where nothing is said', { prefixItems: [{ type: 'string' }], items: false }],
  ])('is held against the words of %s', async (_, schema) => {
    await register({ schema });

    expect((await publish(['a'])).errors).toBeUndefined();
    expect((await publish([1])).errors![0]!.extensions.faults).toMatchObject([{ path: 'input.payload[0]' }]);
    expect((await publish(['a', 'b'])).errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it.each(['date-time', 'uri', 'email', 'uuid'])('is held against the format %s', async (format) => {
    await register({ schema: { type: 'string', format } });

    expect((await publish('no such thing!')).errors![0]!.extensions.faults).toMatchObject([{ expected: `to match format "${format}"` }]);
  });

  it('is held against its own schema where two organizations use one $id', async () => {
    const other = await makeOrganization(server);
    const $id = 'https://schemas.example/thing';
    await register({ schema: { $id, type: 'string' } });
    await register({ schema: { $id, type: 'number' } }, other);

    const answers = await Promise.all([publish('a'), publish(1), publish('a', 'seat.taken', other), publish(1, 'seat.taken', other)]);

    expect(answers.map(({ errors }) => errors === undefined)).toEqual([true, false, false, true]);
  });

  it('is told of twenty faults at most', async () => {
    await register({ schema: { items: { type: 'string' } } });

    const { errors } = await publish(Array.from({ length: 10_000 }, (_, n) => n));

    expect(errors![0]!.extensions.faults).toHaveLength(20);
  });

  it('is refused when it leads the schema round in circles', async () => {
    const { errors } = await register({
      schema: { properties: { bad: { $ref: '#/$defs/loop' } }, $defs: { loop: { allOf: [{ $ref: '#/$defs/loop' }] } } },
    });
    expect(errors).toBeUndefined();

    const [good, bad] = await Promise.all([publish({ good: 1 }), publish({ bad: 1 })]);

    expect(good.errors).toBeUndefined();
    expect(bad.errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', faults: [{ path: 'input.payload' }] });
  });

  it('that takes its schema too long is refused with words, and all others go on', async () => {
    // The time limit is that of a real clock.
    await using timed = await startTestServer({ clock: systemClock });
    const [slowId, otherId] = [await makeOrganization(timed), await makeOrganization(timed)];
    const registerThere = (id: string, schema: unknown) =>
      timed.gql('mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id } }', {
        input: { organizationId: id, name: 'order_created', schema },
      });
    const $ref = (level: number) => ({ $ref: `#/$defs/l${level}` });
    const levels = Array.from({ length: 60 }, (_, level) => [`l${level}`, { allOf: [$ref(level + 1), $ref(level + 1)] }]);
    // What is no list is over at once.
    const doubling = { items: $ref(0), $defs: { ...Object.fromEntries(levels), l60: { minLength: 1 } } };
    await registerThere(slowId, doubling);
    await registerThere(otherId, { type: 'number' });

    const slow = publishText(timed, slowId, '["x"]');
    const others = await Promise.all(Array.from({ length: 20 }, (_, n) => publishText(timed, otherId, String(n))));

    expect((await slow).json.errors[0].extensions).toEqual({
      code: 'BAD_USER_INPUT',
      faults: [
        {
          path: 'input.payload',
          received: 'one of 5 bytes that takes longer',
          expected:
            'a payload that the schema of "order_created" can check within 1 s (simplify the schema by registerEventType, or send less)',
        },
      ],
    });
    expect(others.every(({ json }) => json.errors === undefined)).toBe(true);
    expect((await publishText(timed, otherId, '1')).json.errors).toBeUndefined();
  });
});
