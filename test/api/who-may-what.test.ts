import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../../src/api-keys/key-text.js';
import { createSchema } from '../../src/api/schema.js';
import { systemRandom } from '../../src/random.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeOrganization, makeWebhook, publish, readDeliveries } from '../support/platform.js';
import { openSocket } from '../support/raw-socket.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, type Answer, startTestServer, type TestServer } from '../support/server.js';
import { calls, type IdAt, type IdKind, type KeyName, operationOf } from './calls.js';

type Ids = Record<IdKind, string>;

/** An id that is nobody's. */
const NOBODYS = '019b796d-0000-7000-8000-000000000000';

const schema: GraphQLSchema = await createSchema();
const rootFields = ['Query', 'Mutation', 'Subscription'].flatMap((root) =>
  Object.values((schema.getType(root) as { getFields(): Record<string, GraphQLField<unknown, unknown>> }).getFields()).map((field) => ({
    coordinate: `${root}.${field.name}`,
    idPlaces: idPlacesOf(field.args, ''),
  })),
);

const keyNames: readonly KeyName[] = ['READ', 'PUBLISH', 'MANAGE', 'SECRETS', 'TOKEN', 'WEBHOOK_TOKEN'];
const refusedKeys = ['none', 'broken', 'unknown', 'expired', 'revoked', 'token of a revoked key'] as const;

let server: TestServer;
let receiver: Receiver;
let own: Ids;
let foreign: Ids;
/** Of the organization `own`. */
let keys: Record<KeyName, string>;
let refused: Record<(typeof refusedKeys)[number], string | undefined>;
/** May do everything, in the organization `foreign`. */
let foreignKey: string;

beforeAll(async () => {
  const clock = new ManualClock();
  // More wrong keys come from this address than one that is nobody's proxy may send.
  [server, receiver] = await Promise.all([startTestServer({ clock, config: { trustedProxies: ['127.0.0.0/8'] } }), startReceiver()]);
  [own, foreign] = [await makeThings(), await makeThings()];
  const [READ, PUBLISH, MANAGE, SECRETS] = await Promise.all(
    ['READ', 'PUBLISH', 'MANAGE', 'SECRETS'].map(async (scope) => (await createKey(own.organization, [scope])).key),
  );
  keys = {
    READ: READ!,
    PUBLISH: PUBLISH!,
    MANAGE: MANAGE!,
    SECRETS: SECRETS!,
    TOKEN: await createToken(READ!, { organizationId: own.organization }),
    WEBHOOK_TOKEN: await createToken(READ!, { organizationId: own.organization, webhookId: own.webhook }),
  };
  foreignKey = (await createKey(foreign.organization, ['READ', 'PUBLISH', 'MANAGE', 'SECRETS'])).key;
  const everything = ['READ', 'PUBLISH', 'MANAGE', 'SECRETS'];
  const expired = await createKey(own.organization, everything, clock.now() + 1000);
  const revoked = await createKey(own.organization, everything);
  const tokenOfRevoked = await createToken(revoked.key, { organizationId: own.organization });
  await server.gql('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: revoked.id });
  clock.advance(1000);
  refused = {
    none: undefined,
    broken: keys.READ.slice(0, -1),
    unknown: makeKey('API_KEY', systemRandom),
    expired: expired.key,
    revoked: revoked.key,
    'token of a revoked key': tokenOfRevoked,
  };
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

async function makeThings(): Promise<Ids> {
  const organization = await makeOrganization(server);
  const webhook = await makeWebhook(server, { organizationId: organization, endpoint: receiver.url });
  const event = await publish(server, organization);
  const [delivery] = await readDeliveries(server, organization);
  const { id: apiKey } = await createKey(organization, ['READ']);
  return { organization, webhook: webhook.id, hook: webhook.hookIds.order_created!, event, delivery: delivery.id, apiKey };
}

async function createKey(organizationId: string, scopes: string[], expiresAt?: number): Promise<{ id: string; key: string }> {
  const { createApiKey } = await server.gql('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }', {
    input: { organizationId, name: 'A key', scopes, ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }) },
  });
  return { id: createApiKey.apiKey.id, key: createApiKey.key };
}

async function createToken(key: string, input: Record<string, unknown>): Promise<string> {
  const { createStreamToken } = await server
    .as(key)
    .gql('mutation ($input: CreateStreamTokenInput!) { createStreamToken(input: $input) { token } }', { input });
  return createStreamToken.token;
}

/** Makes a call, over the transport that it has, and gives what came back; a socket that is refused gives its code. */
async function call(key: string | undefined, coordinate: string, id: IdAt): Promise<Answer> {
  const query = operationOf(coordinate);
  const variables = calls[coordinate]!.variables(id);
  return coordinate.startsWith('Subscription.') ? subscribe(key, query, variables) : server.as(key).ask(query, variables);
}

async function subscribe(key: string | undefined, query: string, variables: Record<string, unknown>): Promise<Answer> {
  await using socket = await openSocket(server);
  socket.send({ type: 'connection_init', payload: key === undefined ? undefined : { Authorization: `Bearer ${key}` } });
  const code = await Promise.race([socket.closed, socket.next().then(() => 'taken')]);
  if (code !== 'taken')
    return {
      errors: [
        {
          message: `Closed with ${code}.`,
          extensions: { code: [4403, 4411, 4412].includes(Number(code)) ? 'UNAUTHENTICATED' : String(code) },
        },
      ],
    };
  socket.send({ id: '1', type: 'subscribe', payload: { query, variables } });
  const { type, payload } = await socket.next();
  return type === 'error' ? { errors: payload } : (payload ?? {});
}

/** The ids of an organization's own things, made anew where a call may change them. */
async function thingsFor(coordinate: string, things: Ids): Promise<Ids> {
  if (!coordinate.startsWith('Mutation.') || coordinate === 'Mutation.createStreamToken') return things;
  const webhook = await makeWebhook(server, { organizationId: things.organization, endpoint: receiver.url });
  const hook = webhook.hookIds.order_created!;
  const event = await publish(server, things.organization);
  const deliveries = await readDeliveries(server, things.organization);
  const { id: apiKey } = await createKey(things.organization, ['READ']);
  return { ...things, webhook: webhook.id, hook, event, delivery: deliveries.find((one: any) => one.hook.id === hook).id, apiKey };
}

const all =
  (ids: Ids): IdAt =>
  (_, kind) =>
    ids[kind];

describe('the calls of this test', () => {
  it('are all that the schema has', () => {
    expect(Object.keys(calls).toSorted()).toEqual(rootFields.map(({ coordinate }) => coordinate).toSorted());
  });

  it.each(rootFields)('have each id that $coordinate takes', ({ coordinate, idPlaces }) => {
    const places: string[] = [];

    calls[coordinate]!.variables((place) => {
      places.push(place);
      return NOBODYS;
    });

    expect(places.toSorted()).toEqual(idPlaces.toSorted());
  });
});

describe.each(rootFields)('$coordinate', ({ coordinate, idPlaces }) => {
  it('is taken from the admin', async () => {
    const answer = await call(ADMIN_KEY, coordinate, all(await thingsFor(coordinate, own)));

    expect(refusalIn(answer)).toBeUndefined();
  });

  it.each(keyNames)('is taken from a key of the kind %s, or refused', async (name) => {
    const answer = await call(keys[name], coordinate, all(await thingsForKey(name)));

    expect(refusalIn(answer)).toBe(calls[coordinate]!.mayBy.includes(name) ? undefined : 'FORBIDDEN');
    if (!calls[coordinate]!.mayBy.includes(name)) expect(answer.data ?? null).toBeNull();
  });

  it.each(refusedKeys)('is refused with a key of the kind: %s', async (name) => {
    const answer = await call(refused[name], coordinate, all(own));

    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    expect(answer.data ?? null).toBeNull();
  });

  it.each(idPlaces)("answers another tenant's id at %s as one that is nobody's", async (place) => {
    const things = await thingsFor(coordinate, foreign);
    const at =
      (wrongId: string): IdAt =>
      (asked, kind) =>
        asked === place ? wrongId : things[kind];
    const kind = kindAt(coordinate, place);

    const ofOther = await call(foreignKey, coordinate, at(own[kind]));
    const ofNobody = await call(foreignKey, coordinate, at(NOBODYS));

    expect(JSON.stringify(ofOther).replaceAll(own[kind], NOBODYS)).toBe(JSON.stringify(ofNobody));
    expect(JSON.stringify(ofOther)).not.toContain('"path":"after"');
  });

  /** A token for one webhook is tried on that one, which calls that need more than READ don't get to change. */
  function thingsForKey(name: KeyName): Promise<Ids> | Ids {
    return calls[coordinate]!.mayBy.includes(name) && name !== 'WEBHOOK_TOKEN' ? thingsFor(coordinate, own) : own;
  }
});

describe('what a key reaches', () => {
  it.each(['READ', 'MANAGE', 'TOKEN'] as const)('with %s has nothing of another tenant in it, however deep it is asked', async (name) => {
    const { data, errors } = await server
      .as(keys[name])
      .ask(
        `query ($id: ID!) { organizations(first: 10) { edges { node ${everythingOf('Organization', 6, [])} } } organization(id: $id) { id } }`,
        {
          id: foreign.organization,
        },
      );

    expect(errors).toBeUndefined();
    expect(data.organization).toBeNull();
    const text = JSON.stringify(data);
    expect(text).toContain(own.hook);
    for (const id of Object.values(foreign)) expect(text).not.toContain(id);
  });

  it('with a token for one webhook has nothing of another webhook in it', async () => {
    const other = await makeWebhook(server, { organizationId: own.organization, endpoint: receiver.url });
    await publish(server, own.organization);

    const { data, errors } = await server
      .as(keys.WEBHOOK_TOKEN)
      .ask(
        `query ($own: ID!, $other: ID!) { own: webhook(id: $own) ${everythingOf('Webhook', 6, AROUND_A_WEBHOOK)} other: webhook(id: $other) { id } }`,
        {
          own: own.webhook,
          other: other.id,
        },
      );

    expect(errors).toBeUndefined();
    expect(data.other).toBeNull();
    expect(JSON.stringify(data)).toContain(own.hook);
    expect(JSON.stringify(data)).not.toContain(other.hookIds.order_created!);
  });

  it('is looked at behind aliases, fragments and directives', async () => {
    const answers = await Promise.all(
      [
        'query ($id: ID!) { a: webhook(id: $id) { b: signingSecret } }',
        'query ($id: ID!) { webhook(id: $id) { ...F } } fragment F on Webhook { ...G } fragment G on Webhook { signingSecret }',
        'query ($id: ID!) { webhook(id: $id) { ... @include(if: true) { signingSecret } } }',
        'query ($id: ID!) { webhook(id: $id) { signingSecret @skip(if: true) } }',
        'query ($id: ID!) { delivery(id: $id) { hook { webhook { signingSecret } } } }',
      ].map((query) => server.as(keys.MANAGE).ask(query, { id: own.webhook })),
    );

    expect(answers.map(refusalIn)).toEqual(answers.map(() => 'FORBIDDEN'));
    expect(answers[0]!.errors![0]!.message).toBe('Webhook.signingSecret needs the scope SECRETS, received a key with READ, MANAGE.');
  });

  it('is asked of the operation that is meant, and not of others in the same text', async () => {
    const query = 'query Mine { organizations { edges { cursor } } } mutation Other { createOrganization(input: { name: "x" }) { id } }';
    const ask = async (operationName: string) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.READ}` },
        body: JSON.stringify({ query, operationName }),
      });
      return response.status;
    };

    expect([await ask('Mine'), await ask('Other'), await ask('Mine')]).toEqual([200, 403, 200]);
  });

  it('has the signing secret for who may have secrets too', async () => {
    const { key } = await createKey(own.organization, ['READ', 'SECRETS']);

    const { webhook } = await server.as(key).gql('query ($id: ID!) { webhook(id: $id) { signingSecret } }', { id: own.webhook });

    expect(webhook.signingSecret).toMatch(/^whsec_/);
  });
});

/** What leads out of a webhook. */
const AROUND_A_WEBHOOK = ['Webhook.organization', 'Event.organization', 'Event.deliveries'];

/** All fields of a type, as deep as said: lists by their pages, and what leads back up too, but what needs more than READ. */
function everythingOf(typeName: string, depth: number, without: readonly string[]): string {
  const type = schema.getType(typeName)!;
  if (!isObjectType(type)) return '{ __typename }';
  const fields = Object.values(type.getFields())
    .filter(
      ({ name }) => !['Webhook.signingSecret', 'Organization.apiKeys', 'Organization.auditLog', ...without].includes(`${typeName}.${name}`),
    )
    .map((field) => {
      const inner = getNamedType(field.type);
      if (!('getFields' in inner) && !('getTypes' in inner)) return field.name;
      // One node of each list, so that all of it together is not too much to ask.
      const page = inner.name.endsWith('Connection') ? '(first: 1)' : '';
      return depth === 0 ? undefined : `${field.name}${page} ${everythingOf(inner.name, depth - 1, without)}`;
    });
  const asked = fields.filter((field) => field !== undefined);
  return `{ ${asked.length === 0 ? '__typename' : asked.join(' ')} }`;
}

function refusalIn({ errors }: Answer): string | undefined {
  return errors?.map(({ extensions }) => extensions.code).find((code) => ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'].includes(code));
}

function kindAt(coordinate: string, place: string): IdKind {
  let found: IdKind | undefined;
  calls[coordinate]!.variables((asked, kind) => {
    if (asked === place) found = kind;
    return NOBODYS;
  });
  return found!;
}

/** Where arguments, and the fields of inputs in them, take an id: `input.hooks.id`. */
function idPlacesOf(args: ReadonlyArray<GraphQLArgument | GraphQLInputField>, above: string): string[] {
  return args.flatMap(({ name, type }) => {
    const named = getNamedType(type);
    if (named.name === 'ID') return [`${above}${name}`];
    return isInputObjectType(named) ? idPlacesOf(Object.values(named.getFields()), `${above}${name}.`) : [];
  });
}
