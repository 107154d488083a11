import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleWith, EXAMPLE_SECRET, importDocument } from '../support/documents.js';
import { makeOrganization, publish } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForUpdate, askForWebhook, authenticationInput, hookInput } from '../support/webhooks.js';

const SHOWN = `query ($id: ID!) { webhook(id: $id) { configuration authentication { resource extraParameterNames version } } }`;
const LOG = `query ($id: ID!) { organization(id: $id) { auditLog { edges { node { before after } } } } }`;
const CANARY = 'canary-of-a-tenant';
const MASK = '********';

let server: TestServer;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await makeOrganization(server);
});

afterAll(() => server[Symbol.asyncDispose]());

const whole = {
  resource: ['https://api.example.com/a?b=c', 'urn:example:api'],
  extraParameters: [
    { name: 'tenant_id', value: CANARY },
    { name: '__proto__', value: 'a b&c=d' },
  ],
};

async function makeWebhook(change: Record<string, unknown> = whole): Promise<string> {
  const { data, errors } = await askForWebhook(server, organizationId, { authentication: { ...authenticationInput, ...change } });
  expect(errors).toBeUndefined();
  return data!.createWebhook.id;
}

async function shown(id: string): Promise<any> {
  return (await server.gql(SHOWN, { id })).webhook;
}

async function update(id: string, authentication: Record<string, unknown> | null): Promise<void> {
  expect((await askForUpdate(server, id, { authentication })).errors).toBeUndefined();
}

/** A document with these keys in its authentication. */
function documentWith(keys: Record<string, unknown>): any {
  return exampleWith(({ authentication }) => Object.assign(authentication, keys));
}

describe('the resources and extra parameters of an authentication', () => {
  it('go in by a document and come out of it, the values masked', async () => {
    const document = documentWith({ resource: whole.resource, extra_parameters: whole.extraParameters });

    const { data } = await importDocument(server, organizationId, document);

    const { configuration, authentication } = await shown(data!.importWebhook.id);
    document.authentication.credentials.client_secret = MASK;
    document.authentication.extra_parameters = ['tenant_id', '__proto__'].map((name) => ({ name, value: MASK }));
    expect(configuration).toEqual(document);
    expect(authentication).toEqual({ resource: whole.resource, extraParameterNames: ['tenant_id', '__proto__'], version: 1 });
  });

  it('are none in a document that says nothing of them', async () => {
    const { data } = await importDocument(server, organizationId, documentWith({}));

    const { configuration, authentication } = await shown(data!.importWebhook.id);
    expect(Object.keys(configuration.authentication)).toEqual(Object.keys(documentWith({}).authentication));
    expect(authentication).toMatchObject({ resource: [], extraParameterNames: [] });
  });

  it('stay where an update does not name them', async () => {
    const id = await makeWebhook();

    await update(id, { clientId: 'doo-2' });

    expect((await shown(id)).authentication).toEqual({
      resource: whole.resource,
      extraParameterNames: ['tenant_id', '__proto__'],
      version: 2,
    });
  });

  it('are replaced as a whole', async () => {
    const id = await makeWebhook();

    await update(id, { resource: 'https://other.example', extraParameters: [{ name: 'other', value: 'x' }] });

    expect((await shown(id)).authentication).toMatchObject({ resource: ['https://other.example'], extraParameterNames: ['other'] });
  });

  it.each([[null], [[]]])('are taken away by %j', async (none) => {
    const id = await makeWebhook();

    await update(id, { resource: none, extraParameters: none });

    const { configuration, authentication } = await shown(id);
    expect(authentication).toMatchObject({ resource: [], extraParameterNames: [] });
    expect(configuration.authentication).not.toHaveProperty('resource');
    expect(configuration.authentication).not.toHaveProperty('extra_parameters');
  });

  it('come with an authentication that an update adds', async () => {
    const id = await makeWebhook();
    await update(id, null);

    await update(id, { ...authenticationInput, ...whole });

    expect((await shown(id)).authentication).toMatchObject({ resource: whole.resource, version: 1 });
  });

  it('are audited: their names, whether their values changed, and no value', async () => {
    const organization = await makeOrganization(server);
    const { data } = await askForWebhook(server, organization, { authentication: { ...authenticationInput, ...whole } });
    const extraParameters = [{ name: 'tenant_id', value: `${CANARY}-2` }, whole.extraParameters[1], { name: 'new', value: CANARY }];

    await update(data!.createWebhook.id, { extraParameters });

    const log = (await server.gql(LOG, { id: organization })).organization.auditLog.edges;
    const { before, after } = log[0].node;
    expect(before.authentication.extra_parameters).toEqual(['tenant_id', '__proto__'].map((name) => ({ name, value: MASK })));
    expect(after.authentication.extra_parameters).toEqual([
      { name: 'tenant_id', value: `${MASK} (changed)` },
      { name: '__proto__', value: MASK },
      { name: 'new', value: MASK },
    ]);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });

  it('go to the token endpoint with each request, and no more once they are gone', async () => {
    await using receiver = await startReceiver();
    await using tokens = await startReceiver();
    tokens.answerWith({ body: '{"access_token":"t","expires_in":3600}' });
    const organization = await makeOrganization(server);
    const { data } = await askForWebhook(server, organization, {
      hooks: [{ ...hookInput(), endpoint: receiver.url }],
      authentication: { ...authenticationInput, ...whole, endpoint: tokens.url },
    });
    await publish(server, organization);
    await receiver.next();

    await update(data!.createWebhook.id, { resource: null, extraParameters: null });
    await publish(server, organization);
    await receiver.next();

    const [first, second] = tokens.received.map(({ body }) => [...new URLSearchParams(body.toString())].toSorted());
    const always = [
      ['audience', 'https://api.example.com'],
      ['grant_type', 'client_credentials'],
      ['scope', 'hooks'],
    ];
    const own = [
      ['__proto__', 'a b&c=d'],
      ['resource', 'https://api.example.com/a?b=c'],
      ['resource', 'urn:example:api'],
      ['tenant_id', CANARY],
    ];
    expect(first).toEqual([...always, ...own].toSorted());
    expect(second).toEqual(always);
  });
});

describe('a resource', () => {
  it.each([
    '',
    'api',
    '/api',
    '//api.example',
    'https://api.example/#',
    'https://api.example/#a',
    'https://',
    'https://a b',
    'https://ä.example',
    `https://a/${'x'.repeat(2048)}`,
  ])("can't be %j", async (uri) => {
    const { errors } = await importDocument(server, organizationId, documentWith({ resource: ['https://api.example', uri] }));

    expect(errors![0]!.extensions.faults).toEqual([
      { path: 'authentication.resource[1]', received: expect.any(String) as string, expected: expect.stringMatching(/URI/) as string },
    ]);
  });

  it.each<[unknown, string]>([
    [[], 'at least one, or no such key'],
    ['https://api.example', 'a list'],
    [null, 'a list'],
    [Array.from({ length: 11 }, () => 'https://api.example'), 'at most 10 resources'],
  ])('stands in a list of one to ten: %j', async (resource, expected) => {
    const { errors } = await importDocument(server, organizationId, documentWith({ resource }));

    expect(errors![0]!.extensions.faults).toMatchObject([{ path: 'authentication.resource', expected }]);
  });
});

describe('an extra parameter', () => {
  it.each([
    'grant_type',
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'scope',
    'audience',
    'resource',
    'Scope',
    'GRANT_TYPE',
  ])("is none of the request's own: %s", async (name) => {
    const extraParameters = [{ name, value: CANARY }];

    const { errors } = await askForWebhook(server, organizationId, { authentication: { ...authenticationInput, extraParameters } });

    expect(errors![0]!.extensions.faults).toEqual([
      {
        path: 'input.authentication.extraParameters[0].name',
        received: 'a string',
        expected: expect.stringMatching(/^a parameter that the token request does not set by itself/) as string,
      },
    ]);
    expect(JSON.stringify(errors)).not.toContain(CANARY);
  });

  it.each<[unknown, string, string]>([
    [[{ name: 'a b', value: CANARY }], '[0].name', 'a name of 1 to 128 letters'],
    [[{ name: '', value: CANARY }], '[0].name', 'a name of 1 to 128 letters'],
    [[{ name: `${CANARY}=1`, value: 'x' }], '[0].name', 'a name of 1 to 128 letters'],
    [[{ name: 'a', value: '' }], '[0].value', 'a value of 1 to 4096 characters'],
    [[{ name: 'a', value: CANARY.repeat(300) }], '[0].value', 'a value of 1 to 4096 characters'],
    [[{ name: 'a', value: `${CANARY}\0` }], '[0].value', 'a text without NUL'],
    [[{ name: 'a', value: MASK }], '[0].value', 'the value itself'],
    [
      [
        { name: 'a', value: CANARY },
        { name: 'A', value: CANARY },
      ],
      '[1].name',
      'a name that does not stand at [0] already',
    ],
    [[{ name: 'a', value: [CANARY] }], '[0].value', 'a string'],
    [[{ name: 'a', value: CANARY, secret: CANARY }], '[0].secret', 'no such key'],
    [[{ name: 'a' }], '[0].value', 'a string'],
    [[CANARY], '[0]', 'an object'],
    [{ tenant_id: CANARY }, '', 'a list'],
    [CANARY, '', 'a list'],
    [[], '', 'at least one, or no such key'],
    [Array.from({ length: 11 }, (_, index) => ({ name: `a${index}`, value: CANARY })), '', 'at most 10 extra parameters'],
  ])('that is wrong is told without its value: %j', async (parameters, path, expected) => {
    const { errors } = await importDocument(server, organizationId, documentWith({ extra_parameters: parameters }));

    const told = expect.stringContaining(expected) as string;
    expect(errors![0]!.extensions.faults).toMatchObject([{ path: `authentication.extra_parameters${path}`, expected: told }]);
    expect(JSON.stringify(errors)).not.toContain(CANARY);
    expect(JSON.stringify(errors)).not.toContain(EXAMPLE_SECRET);
  });
});
