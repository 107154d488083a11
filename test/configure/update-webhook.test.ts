import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, publish, RESULTS } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForUpdate, askForWebhook, authenticationInput, hookInput, hooksOf, readWebhook } from '../support/webhooks.js';

const clock = new ManualClock();
let server: TestServer;
let organizationId: string;
let webhook: any;

beforeAll(async () => {
  server = await startTestServer({ clock });
});

afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  organizationId = await makeOrganization(server);
  webhook = (await askForWebhook(server, organizationId, { description: 'For orders' })).data!.createWebhook;
});

async function updated(input: Record<string, unknown>): Promise<any> {
  const { data, errors } = await askForUpdate(server, webhook.id, input);
  expect(errors).toBeUndefined();
  return data!.updateWebhook;
}

async function refused(input: Record<string, unknown>) {
  const { errors } = await askForUpdate(server, webhook.id, input);
  expect(await readWebhook(server, webhook.id)).toEqual(webhook);
  return errors![0]!.extensions;
}

describe('an update', () => {
  it('changes only what it is given', async () => {
    clock.advance(1000);

    const changed = await updated({ name: 'Renamed' });

    expect(changed).toEqual({
      ...webhook,
      name: 'Renamed',
      updatedAt: new Date(clock.now()).toISOString(),
      configuration: { ...webhook.configuration, name: 'Renamed' },
    });
  });

  it('changes nothing when it is given nothing', async () => {
    const changed = await updated({});

    expect({ ...changed, updatedAt: webhook.updatedAt }).toEqual(webhook);
  });

  it('is of a webhook that is there', async () => {
    const { errors } = await askForUpdate(server, 'nobody', { name: 'x' });

    expect(errors![0]).toMatchObject({ message: 'There is no webhook with the id "nobody".', extensions: { code: 'NOT_FOUND' } });
  });

  it.each([
    ['a name', { name: null }, ['input.name']],
    ['a description', { description: null }, ['input.description']],
    ['hooks', { hooks: null }, ['input.hooks']],
    ['a hook', { hooks: [{ id: null, type: null }] }, ['input.hooks[0].id', 'input.hooks[0].type']],
    [
      'a client id',
      { authentication: { clientId: null, endpoint: null } },
      ['input.authentication.endpoint', 'input.authentication.clientId'],
    ],
  ])('refuses null for %s', async (_, input, paths) => {
    const { code, faults } = await refused(input);

    expect(code).toBe('BAD_USER_INPUT');
    expect(faults!.map(({ path }) => path)).toEqual(paths);
    expect(faults![0]!.received).toBe('null');
  });

  it('tells every fault at once and changes nothing', async () => {
    const { faults } = await refused({
      name: '',
      hooks: [{ ...hookInput('nope') }, { ...hookInput(), endpoint: 'x' }],
      authentication: { clientSecret: '********', headerFormat: 'Host', headerValueFormat: 'Bearer %ACCESS_TOKEN%***' },
    });

    expect(faults!.map(({ path }) => path)).toEqual([
      'input.name',
      'input.hooks[1].endpoint',
      'input.authentication.clientSecret',
      'input.authentication.headerFormat',
      'input.authentication.headerValueFormat',
      'input.hooks[0].type',
    ]);
  });
});

describe('a hook of the new list', () => {
  it('stays the same where its type, method and endpoint stand in the list, in whatever order', async () => {
    const [first, second] = hooksOf(webhook);

    const changed = await updated({
      hooks: [hookInput('order_updated', 'b'), hookInput('event_created', 'c'), hookInput('order_created', 'a')],
    });

    const hooks = hooksOf(changed);
    expect(hooks.map(({ type }) => type)).toEqual(['order_updated', 'event_created', 'order_created']);
    expect([hooks[0], hooks[2]]).toEqual([second, first]);
  });

  it('stays the same where it is named by its id, and changes what is given', async () => {
    const [first, second] = hooksOf(webhook);

    const changed = await updated({
      hooks: [
        { id: second.id, endpoint: 'https://hooks.example.com/moved' },
        { id: first.id, method: 'PUT' },
      ],
    });

    expect(hooksOf(changed)).toEqual([
      { ...second, endpoint: 'https://hooks.example.com/moved' },
      { ...first, method: 'PUT' },
    ]);
  });

  it('may take the place of another that moves away in the same call', async () => {
    const [first, second] = hooksOf(webhook);

    const changed = await updated({
      hooks: [
        { id: first.id, type: second.type, endpoint: second.endpoint },
        { id: second.id, type: first.type, endpoint: first.endpoint },
      ],
    });

    expect(hooksOf(changed).map(({ id, type }) => [id, type])).toEqual([
      [first.id, 'order_updated'],
      [second.id, 'order_created'],
    ]);
  });

  it.each([
    ['an id of nothing', () => [{ id: 'nothing' }], ['input.hooks[0].id']],
    ['an id twice', ([first]: any[]) => [{ id: first.id }, { id: first.id, method: 'PUT' }], ['input.hooks[1].id']],
    ['too few fields for a new hook', () => [{ type: 'order_created' }], ['input.hooks[0].method', 'input.hooks[0].endpoint']],
    ['a new hook twice', () => [hookInput(), hookInput()], ['input.hooks[1]']],
    [
      'a hook that another becomes',
      ([first, second]: any[]) => [hookInput(), { id: second.id, type: first.type, endpoint: first.endpoint }],
      ['input.hooks[1]'],
    ],
    ['an unknown type for a hook that stays', ([first]: any[]) => [{ id: first.id, type: 'nope' }], ['input.hooks[0].type']],
  ])('is refused with %s', async (_, hooksFrom, paths) => {
    const { faults } = await refused({ hooks: hooksFrom(hooksOf(webhook)) });

    expect(faults!.map(({ path }) => path)).toEqual(paths);
  });

  it("is refused with another webhook's hook id, in the words for an id of nothing", async () => {
    const other = (await askForWebhook(server, await makeOrganization(server))).data!.createWebhook;

    const { faults } = await refused({ hooks: [{ id: hooksOf(other)[0].id }] });

    expect(faults).toMatchObject([{ path: 'input.hooks[0].id', expected: 'the id of a hook of this webhook' }]);
  });

  it('is not one that was removed before', async () => {
    const [first] = hooksOf(webhook);
    await updated({ hooks: [] });

    const { errors } = await askForUpdate(server, webhook.id, { hooks: [{ id: first.id }] });

    expect(errors![0]!.extensions.faults).toMatchObject([{ path: 'input.hooks[0].id' }]);
  });

  it('is a new one where a removed one had the same type, method and endpoint', async () => {
    const [first] = hooksOf(webhook);
    await updated({ hooks: [] });

    const changed = await updated({ hooks: [hookInput('order_created', 'a')] });

    expect(hooksOf(changed)[0].id).not.toBe(first.id);
  });

  it('stands among too many others, which is one fault', async () => {
    const { faults } = await refused({ hooks: Array.from({ length: 1001 }, () => ({ type: 'nope' })) });

    expect(faults).toMatchObject([{ path: 'input.hooks', received: 'a list of 1001' }]);
  });
});

describe('an update of the authentication', () => {
  const { clientSecret, ...shown } = authenticationInput;

  it('changes what it is given and raises the version', async () => {
    const changed = await updated({ authentication: { clientId: 'doo-2', scope: null } });

    expect(changed.authentication).toEqual({ ...shown, clientAuthentication: 'BASIC', clientId: 'doo-2', scope: null, version: 2 });
  });

  it('leaves it alone where it is not named', async () => {
    const changed = await updated({ description: 'Other' });

    expect(changed.authentication).toEqual(webhook.authentication);
  });

  it('takes it away by null', async () => {
    const changed = await updated({ authentication: null });

    expect(changed.authentication).toBeNull();
  });

  it('adds one where there is none, given all that has no default', async () => {
    await updated({ authentication: null });

    const changed = await updated({ authentication: { ...authenticationInput, scope: undefined, audience: undefined } });

    expect(changed.authentication).toEqual({ ...shown, clientAuthentication: 'BASIC', scope: null, audience: null, version: 1 });
  });

  it('says what is missing where there is none yet', async () => {
    await updated({ authentication: null });

    const { errors } = await askForUpdate(server, webhook.id, { authentication: { clientId: 'doo' } });

    expect(errors![0]!.extensions.faults!.map(({ path, received }) => `${path} ${received}`)).toEqual([
      'input.authentication.grantType nothing',
      'input.authentication.endpoint nothing',
      'input.authentication.clientSecret nothing',
      'input.authentication.headerFormat nothing',
      'input.authentication.headerValueFormat nothing',
    ]);
  });

  it('never tells the secret', async () => {
    const answers = [
      await askForUpdate(server, webhook.id, { authentication: { clientSecret: 'canary-secret' } }),
      await askForUpdate(server, webhook.id, { authentication: { clientSecret: 'canary-secret', headerFormat: 'Host' } }),
      await askForUpdate(server, webhook.id, { authentication: { clientSecret: ['canary-secret'] } }),
      await askForUpdate(server, webhook.id, { authentication: 'canary-secret' }),
    ];

    expect(JSON.stringify([answers, await readWebhook(server, webhook.id)])).not.toContain('canary-secret');
    expect(JSON.stringify(answers)).not.toContain(clientSecret);
  });

  it('keeps the secret that is not given: the next token is asked for with it', async () => {
    await using receiver = await startReceiver();
    await using tokens = await startReceiver();
    tokens.answerWith({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 3600 }),
    });
    const organization = await makeOrganization(server);
    const made = await askForWebhook(server, organization, {
      hooks: [{ ...hookInput(), endpoint: receiver.url }],
      authentication: { ...authenticationInput, endpoint: tokens.url, clientSecret: 'kept' },
    });
    await askForUpdate(server, made.data!.createWebhook.id, { authentication: { clientId: 'doo2' } });

    await publish(server, organization);
    await receiver.next();

    const authorization = (await tokens.next()).headers.authorization!;
    expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('doo2:kept');
  });
});

describe('hooks that are no longer in the list', () => {
  it('are removed, their open deliveries are cancelled and the stream tells so, and those of others go on', async () => {
    const organization = await makeOrganization(server);
    await using receiver = await startReceiver();
    receiver.answerWith({ status: 500 });
    const hooks = [
      { type: 'order_created', method: 'POST', endpoint: `${receiver.url}/gone` },
      { type: 'order_created', method: 'POST', endpoint: `${receiver.url}/kept` },
    ];
    const { id } = (await askForWebhook(server, organization, { hooks, authentication: null })).data!.createWebhook;
    const attempts = await server.subscribe(ATTEMPTS, { organizationId: organization });
    const results = await server.subscribe(RESULTS, { organizationId: organization });
    const eventId = await publish(server, organization);
    await attempts.take(2);

    await askForUpdate(server, id, { hooks: [hooks[1]] });

    const { event } = await server.gql(
      'query ($id: ID!) { event(id: $id) { deliveries { edges { node { id status nextAttemptAt hook { endpoint status } } } } } }',
      { id: eventId },
    );
    const deliveries = event.deliveries.edges.map(({ node }: any) => node);
    expect(deliveries).toMatchObject([
      { status: 'CANCELLED', nextAttemptAt: null, hook: { endpoint: `${receiver.url}/gone`, status: 'REMOVED' } },
      { status: 'RETRYING', nextAttemptAt: expect.any(String) as string, hook: { endpoint: `${receiver.url}/kept`, status: 'ACTIVE' } },
    ]);
    expect(await results.next()).toMatchObject({ deliveryResults: { delivery: { id: deliveries[0].id, status: 'CANCELLED' } } });
  });

  it('get nothing of what is published afterwards', async () => {
    await updated({ hooks: [hookInput('order_updated', 'b')] });

    const eventId = await publish(server, organizationId);

    const { event } = await server.gql('query ($id: ID!) { event(id: $id) { deliveries { edges { cursor } } } }', { id: eventId });
    expect(event.deliveries.edges).toEqual([]);
  });
});

describe('two updates at once', () => {
  it('are both done, one after the other', async () => {
    await Promise.all([
      updated({ name: 'Renamed' }),
      updated({ description: 'Other' }),
      updated({ authentication: { clientId: 'doo-2' } }),
    ]);

    expect(await readWebhook(server, webhook.id)).toMatchObject({
      name: 'Renamed',
      description: 'Other',
      authentication: { clientId: 'doo-2', version: 2 },
    });
  });
});
