import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from '../support/raw.js';
import { openSocket } from '../support/raw-socket.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';

const INTROSPECTION = JSON.stringify({ query: '{ __schema { queryType { name } } }' });

async function openPage({ url }: TestServer): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  return { status: response.status, text: await response.text() };
}

/** What a misspelt field is answered with, over both. */
async function misspell(server: TestServer): Promise<string[]> {
  const { json } = await post(server, JSON.stringify({ query: '{ organisations { edges { cursor } } }' }));
  await using socket = await openSocket(server);
  socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${ADMIN_KEY}` } });
  await socket.next();
  socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { hookHelth(organizationId: "x") { cursor } }' } });
  return [json.errors[0].message, (await socket.next()).payload[0].message];
}

describe('with INTROSPECTION=false', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ config: { introspection: false } });
  });

  afterAll(() => server[Symbol.asyncDispose]());

  it('nobody is given the schema', async () => {
    const { status, json } = await post(server, INTROSPECTION);

    expect(status).toBe(400);
    expect(json.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(json.errors[0].message).toBe('The schema may not be asked for at this server (INTROSPECTION=false).');
    expect(json.data).toBeUndefined();
  });

  it('errors name nothing that was not asked for', async () => {
    expect(await misspell(server)).toEqual([
      'Cannot query field "organisations" on type "Query".',
      'Cannot query field "hookHelth" on type "Subscription".',
    ]);
  });

  it('nor do those of variables', async () => {
    const query = 'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { id } }';

    const { text } = await post(server, JSON.stringify({ query, variables: { input: { nam: 'x' } } }));

    expect(text).toContain('\\"nam\\" is not defined');
    expect(text).not.toContain('Did you mean');
  });

  it('nor is it told which values an enum has', async () => {
    const query = 'mutation ($scopes: [Scope!]!) { createApiKey(input: { organizationId: "x", name: "x", scopes: $scopes }) { key } }';

    for (const scope of ['REED', 5]) {
      const { text } = await post(server, JSON.stringify({ query, variables: { scopes: [scope] } }));
      expect(text).toContain('BAD_USER_INPUT');
      expect(text).not.toContain('PUBLISH');
    }
  });

  it('there is no GraphiQL, which is of little use without the schema', async () => {
    const { status, text } = await openPage(server);

    expect(status).toBe(404);
    expect(text).toContain('This server has no GraphiQL (GRAPHIQL=false or INTROSPECTION=false)');
    expect(text).not.toContain('createOrganization');
  });
});

describe('with GRAPHIQL=false', () => {
  it('there is no page, and the schema may be asked for', async () => {
    await using server = await startTestServer({ config: { graphiql: false } });

    expect(await openPage(server)).toMatchObject({ status: 404 });
    expect((await post(server, INTROSPECTION)).json).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
  });
});

describe('by default', () => {
  it('there is the page, the schema for those with a key, and help with names', async () => {
    await using server = await startTestServer();

    const page = await openPage(server);

    expect(page.status).toBe(200);
    expect(page.text).not.toContain('createOrganization');
    expect((await post(server, INTROSPECTION, { authorization: '' })).status).toBe(401);
    expect((await post(server, INTROSPECTION)).status).toBe(200);
    expect(await misspell(server)).toEqual([
      expect.stringContaining('Did you mean "organizations"'),
      expect.stringContaining('Did you mean "hookHealth"'),
    ]);
  });
});
