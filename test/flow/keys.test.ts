import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, exampleDocument, makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { onPostgres } from '../support/postgres.js';
import { post } from '../support/raw.js';
import { openSocket, type RawSocket } from '../support/raw-socket.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { key apiKey { id name hint scopes createdAt expiresAt revokedAt lastUsedAt organization { id } } }
}`;
const CREATE_TOKEN = 'mutation ($input: CreateStreamTokenInput!) { createStreamToken(input: $input) { token expiresAt } }';
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id revokedAt } }';
const KEYS = 'query ($id: ID!) { organization(id: $id) { apiKeys { edges { node { id name revokedAt lastUsedAt } } } } }';
const RESULTS = `subscription ($organizationId: ID!, $webhookId: ID, $after: String) {
  deliveryResults(organizationId: $organizationId, webhookId: $webhookId, after: $after) { delivery { id hook { id } } }
}`;

let clock: ManualClock;
let server: TestServer;
let receiver: Receiver;
let organizationId: string;

beforeAll(async () => {
  clock = new ManualClock();
  [server, receiver] = await Promise.all([startTestServer({ clock }), startReceiver()]);
  organizationId = await makeOrganization(server);
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

async function createKey(at: TestServer, input: Record<string, unknown> = {}): Promise<any> {
  const { createApiKey } = await at.gql(CREATE, { input: { organizationId, name: 'Dashboard', scopes: ['READ'], ...input } });
  return createApiKey;
}

async function createToken(at: TestServer, key: string, input: Record<string, unknown> = {}): Promise<any> {
  return (await at.as(key).gql(CREATE_TOKEN, { input: { organizationId, ...input } })).createStreamToken;
}

/** A socket that has shown its key, with a subscription on it. */
async function watchWith(at: TestServer, key: string): Promise<RawSocket> {
  const socket = await openSocket(at);
  socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${key}` } });
  expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
  socket.send({ id: '1', type: 'subscribe', payload: { query: RESULTS, variables: { organizationId } } });
  return socket;
}

describe('a key', () => {
  it('is shown once, and told from others by how it begins', async () => {
    const { key, apiKey } = await createKey(server, { name: 'CI', scopes: ['PUBLISH', 'READ', 'READ'] });

    const listed = await server.gql('query ($id: ID!) { organization(id: $id) { apiKeys { edges { node { hint } } } } }', {
      id: organizationId,
    });
    expect(apiKey).toMatchObject({
      name: 'CI',
      scopes: ['PUBLISH', 'READ'],
      expiresAt: null,
      revokedAt: null,
      organization: { id: organizationId },
    });
    expect(key.startsWith(apiKey.hint.slice(0, -1))).toBe(true);
    expect(JSON.stringify(listed)).toContain(apiKey.hint);
    expect(JSON.stringify(listed)).not.toContain(key);
  });

  it.each([
    [
      'a name that is empty',
      { name: '' },
      'input.name: expected a text of 1 to 200 characters, without NUL characters and lone surrogates, received ""',
    ],
    ['no scope', { scopes: [] }, 'input.scopes: expected at least one scope, received an empty list'],
    [
      'an expiry that is past',
      { expiresAt: '2026-01-01T11:00:00Z' },
      'input.expiresAt: expected an instant after 2026-01-01T12:00:00.000Z, received 2026-01-01T11:00:00.000Z',
    ],
  ])('is not made with %s', async (_, input, message) => {
    const { errors } = await server.ask(CREATE, { input: { organizationId, name: 'A key', scopes: ['READ'], ...input } });

    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each(['canary', 5, '2030-01-01', ''])('is told the form of an expiry that is none, and not what it was: %j', async (expiresAt) => {
    const { errors } = await server.ask(CREATE, { input: { organizationId, name: 'A key', scopes: ['READ'], expiresAt } });

    const message =
      'Variable "$input" got invalid value at "input.expiresAt"; DateTime: expected an instant with its zone, such as "2030-01-01T00:00:00Z".';
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('says when it was last used, to within a minute', async () => {
    const { key, apiKey } = await createKey(server);
    const lastUse = async () => {
      const { organization } = await server.gql(KEYS, { id: organizationId });
      return organization.apiKeys.edges.find(({ node }: any) => node.id === apiKey.id).node.lastUsedAt;
    };
    const before = await lastUse();

    await server.as(key).gql('{ __typename }');
    const usedAt = new Date(clock.now()).toISOString();
    clock.advance(60_000);
    await expect.poll(lastUse).not.toBeNull();

    expect(before).toBeNull();
    expect(await lastUse()).toBe(usedAt);
  });

  it('that was revoked is refused at once, also a second time', async () => {
    const { key, apiKey } = await createKey(server);
    await server.as(key).gql('{ __typename }');

    const { revokeApiKey } = await server.gql(REVOKE, { id: apiKey.id });
    const refused = await post(server, '{"query":"{ __typename }"}', { authorization: `Bearer ${key}` });
    clock.advance(5000);
    const again = await server.gql(REVOKE, { id: apiKey.id });

    expect(refused.status).toBe(401);
    expect(refused.json.errors[0].message).toContain('received one that was revoked');
    expect(again.revokeApiKey).toEqual(revokeApiKey);
  });

  it('that lacks a scope is told which, with 403', async () => {
    const { key } = await createKey(server, { scopes: ['PUBLISH'] });

    const { status, json } = await post(server, JSON.stringify({ query: '{ organizations { edges { cursor } } }' }), {
      authorization: `Bearer ${key}`,
    });

    expect(status).toBe(403);
    expect(json).toEqual({
      errors: [{ message: 'Query.organizations needs the scope READ, received a key with PUBLISH.', extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it.each([
    ['rightly', exampleDocument, 'NOT_FOUND'],
    ['with faults', { name: '', description: '', hooks: [] }, 'BAD_USER_INPUT'],
  ])("does not import into another tenant's organization that a document names, written %s", async (_, document, code) => {
    const { key } = await createKey(server, { scopes: ['MANAGE'] });
    const [other, nobody] = [await makeOrganization(server), '019b796d-0000-7000-8000-000000000000'];
    const importInto = (id: string) =>
      server.as(key).ask('mutation ($c: JSON!) { importWebhook(configuration: $c) { id } }', {
        c: { ...document, organizationId: id },
      });

    const [ofOther, ofNobody] = [await importInto(other), await importInto(nobody)];

    expect(ofOther.errors).toMatchObject([{ extensions: { code } }]);
    expect(JSON.stringify(ofOther).replaceAll(other, nobody)).toBe(JSON.stringify(ofNobody));
  });
});

describe('open subscriptions', () => {
  it('end within seconds when their key is revoked, those by its tokens too, and no others', async () => {
    const [ending, staying] = [await createKey(server), await createKey(server)];
    const { token } = await createToken(server, ending.key);
    await using withKey = await watchWith(server, ending.key);
    await using withToken = await watchWith(server, token);
    await using withOther = await watchWith(server, staying.key);

    await server.gql(REVOKE, { id: ending.apiKey.id });
    clock.advance(2000);

    expect(await Promise.all([withKey.closed, withToken.closed])).toEqual([4412, 4412]);
    expect(await withKey.closeReason).toBe('The key was revoked');
    withOther.send({ type: 'ping' });
    expect(await withOther.next()).toMatchObject({ type: 'pong' });
  });

  it('end when their token expires', async () => {
    const { key } = await createKey(server);
    const { token, expiresAt } = await createToken(server, key, { expiresInSeconds: 60 });
    await using socket = await watchWith(server, token);

    clock.advance(60_000 + 2000);

    expect(Date.parse(expiresAt)).toBe(clock.now() - 2000);
    expect(await socket.closed).toBe(4411);
    expect(await socket.closeReason).toBe('The key has expired');
  });

  it('are told of it once, a minute before their token expires, and the others are not', async () => {
    const { key } = await createKey(server);
    const { token, expiresAt } = await createToken(server, key, { expiresInSeconds: 600 });
    await using socket = await watchWith(server, token);
    await using other = await watchWith(server, key);

    clock.advance(536_000);
    socket.send({ type: 'ping' });
    const before = await socket.next();
    clock.advance(4000);
    const warning = await socket.next();
    socket.send({ type: 'pong' });
    clock.advance(58_000);
    for (const { send } of [socket, other]) send({ type: 'ping' });
    const after = [await socket.next(), await other.next()];

    expect(before).toEqual({ type: 'pong' });
    expect(warning).toEqual({ type: 'ping', payload: { keyExpiresAt: expiresAt, keyExpiresInSeconds: expect.any(Number) } });
    expect(warning.payload.keyExpiresInSeconds).toBeGreaterThanOrEqual(60);
    expect(warning.payload.keyExpiresInSeconds).toBeLessThanOrEqual(62);
    expect(after).toEqual([{ type: 'pong' }, { type: 'pong' }]);
  });

  it('are told within seconds where their token lives less than a minute', async () => {
    const { key } = await createKey(server);
    const { token, expiresAt } = await createToken(server, key, { expiresInSeconds: 12 });
    await using socket = await watchWith(server, token);

    clock.advance(2000);

    expect(await socket.next()).toEqual({ type: 'ping', payload: { keyExpiresAt: expiresAt, keyExpiresInSeconds: 10 } });
  });

  it('are opened by no key that has expired or was revoked, and the code says which', async () => {
    const [expired, revoked] = [await createKey(server), await createKey(server)];
    const { token } = await createToken(server, expired.key, { expiresInSeconds: 1 });
    await server.gql(REVOKE, { id: revoked.apiKey.id });
    clock.advance(1000);
    await using withExpired = await openSocket(server);
    await using withRevoked = await openSocket(server);

    withExpired.send({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
    withRevoked.send({ type: 'connection_init', payload: { Authorization: `Bearer ${revoked.key}` } });

    expect([await withExpired.closed, await withExpired.closeReason]).toEqual([4411, 'The key has expired']);
    expect([await withRevoked.closed, await withRevoked.closeReason]).toEqual([4412, 'The key was revoked']);
  });

  it.runIf(onPostgres)('end when their key is revoked at another server', async () => {
    await using a = await startTestServer({ clock: systemClock });
    await using b = await startTestServer({ clock: systemClock, config: { dataDir: a.dataDir } });
    const organization = await makeOrganization(a);
    const { key, apiKey } = await createKey(a, { organizationId: organization });
    await using socket = await openSocket(b);
    socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${key}` } });
    await socket.next();

    await a.gql(REVOKE, { id: apiKey.id });

    expect(await socket.closed).toBe(4412);
  });
});

describe('a stream token', () => {
  it('subscribes and reads, and does nothing else', async () => {
    const { key } = await createKey(server, { scopes: ['MANAGE'] });
    const { token } = await createToken(server, key);
    const { id: webhookId } = await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const attempts = await server.as(token).subscribe(ATTEMPTS, { organizationId });
    const eventId = await publish(server, organizationId);

    const { deliveryAttempts } = await attempts.next();
    const renewed = await server.as(token).ask(CREATE_TOKEN, { input: { organizationId } });
    const deleted = await server.as(token).ask('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhookId });
    await attempts.end();

    expect(deliveryAttempts.attempt.delivery.event.id).toBe(eventId);
    expect([renewed, deleted].map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });

  it('for one webhook sees that one alone, asked for by its name or not', async () => {
    const organization = await makeOrganization(server);
    const [one, other] = [
      await makeWebhook(server, { organizationId: organization, endpoint: receiver.url }),
      await makeWebhook(server, { organizationId: organization, endpoint: receiver.url }),
    ];
    const { key } = await createKey(server, { organizationId: organization });
    const { token } = await createToken(server, key, { organizationId: organization, webhookId: one.id });
    const everything = await server.as(key).subscribe(RESULTS, { organizationId: organization });
    const unnamed = await server.as(token).subscribe(RESULTS, { organizationId: organization });
    const named = await server.as(token).subscribe(RESULTS, { organizationId: organization, webhookId: one.id });

    await publish(server, organization);
    await everything.take(2);
    await publish(server, organization);
    await everything.take(2);

    const hooksOf = async (notices: typeof named) => (await notices.take(2)).map((notice: any) => notice.deliveryResults.delivery.hook.id);
    const ownHook = one.hookIds.order_created!;
    expect([await hooksOf(unnamed), await hooksOf(named)]).toEqual([
      [ownHook, ownHook],
      [ownHook, ownHook],
    ]);
    expect([unnamed.waitingCount, named.waitingCount]).toEqual([0, 0]);
    const refused = await server.as(token).subscribe(RESULTS, { organizationId: organization, webhookId: other.id });
    await expect(refused.next()).rejects.toThrow('There is no webhook with the id');
  });

  it('ends no later than the key that it was made with', async () => {
    const expiresAt = new Date(clock.now() + 10_000).toISOString();
    const { key } = await createKey(server, { expiresAt });

    const token = await createToken(server, key, { expiresInSeconds: 3600 });

    expect(token.expiresAt).toBe(expiresAt);
  });

  it.each([0, 3601, -1])('is not made for %d seconds', async (expiresInSeconds) => {
    const { errors } = await server.ask(CREATE_TOKEN, { input: { organizationId, expiresInSeconds } });

    expect(errors).toMatchObject([
      { message: `input.expiresInSeconds: expected a whole number from 1 to 3600 (an hour), received ${expiresInSeconds}` },
    ]);
  });

  it('is not made for a webhook of another organization', async () => {
    const other = await makeWebhook(server, { organizationId: await makeOrganization(server), endpoint: receiver.url });

    const { errors } = await server.ask(CREATE_TOKEN, { input: { organizationId, webhookId: other.id } });

    expect(errors).toMatchObject([{ message: `There is no webhook with the id "${other.id}".`, extensions: { code: 'NOT_FOUND' } }]);
  });
});
