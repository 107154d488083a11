import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { makeOrganization, pauseHook, resumeHook } from '../support/platform.js';
import { alterDatabase } from '../support/fault.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { readRows } from '../support/read-rows.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForUpdate, askForWebhook, authenticationInput, hookInput, hooksOf, readWebhook } from '../support/webhooks.js';

const CREATE_KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id hint } } }';
const CREATE_TOKEN = 'mutation ($input: CreateStreamTokenInput!) { createStreamToken(input: $input) { token expiresAt } }';
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }';
const DELETE = 'mutation ($id: ID!) { deleteWebhook(id: $id) }';
const IMPORT =
  'mutation ($id: ID!, $document: JSON!) { importWebhook(organizationId: $id, configuration: $document) { id signingSecret } }';
const REGISTER = 'mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id } }';
const LOG = `query ($id: ID!, $first: Int! = 100, $after: String) { organization(id: $id) { auditLog(first: $first, after: $after) {
  edges { node { id changedAt action actor { kind id name hint } address subject { kind id name } before after } }
  pageInfo { hasNextPage endCursor }
} } }`;

const clock = new ManualClock();
let server: TestServer;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer({ clock });
});

afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  organizationId = await makeOrganization(server);
});

/** The organization's records, the newest first, but that of its making. */
async function readLog(at: Pick<TestServer, 'gql'> = server): Promise<any[]> {
  const { organization } = await at.gql(LOG, { id: organizationId });
  return organization.auditLog.edges.map(({ node }: any) => node).slice(0, -1);
}

async function makeWebhook(change: Record<string, unknown> = {}): Promise<any> {
  return (await askForWebhook(server, organizationId, change)).data!.createWebhook;
}

async function createKey(scopes: string[], name = 'Shop backend'): Promise<any> {
  return (await server.gql(CREATE_KEY, { input: { organizationId, name, scopes } })).createApiKey;
}

describe('a record', () => {
  it('says who changed what, when and from where, and what it was before and is after', async () => {
    const { key, apiKey } = await createKey(['MANAGE']);
    const webhook = await makeWebhook();
    clock.advance(1000);

    await server.as(key).gql('mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { id } }', {
      id: webhook.id,
      input: { name: 'Renamed' },
    });

    const [record] = await readLog();
    expect(record).toEqual({
      id: expect.any(String),
      changedAt: new Date(clock.now()).toISOString(),
      action: 'WEBHOOK_UPDATED',
      actor: { kind: 'API_KEY', id: apiKey.id, name: 'Shop backend', hint: apiKey.hint },
      address: '127.0.0.1',
      subject: { kind: 'WEBHOOK', id: webhook.id, name: 'Renamed' },
      before: { version: 1, name: 'Orders' },
      after: { version: 2, name: 'Renamed' },
    });
  });

  it('of a new webhook has all of it, and so has that of its deletion', async () => {
    const webhook = await makeWebhook();
    await server.gql(DELETE, { id: webhook.id });

    const [deleted, created] = await readLog();

    expect(created).toMatchObject({ action: 'WEBHOOK_CREATED', before: null, after: { version: 1, ...webhook.configuration } });
    expect(deleted).toMatchObject({ action: 'WEBHOOK_DELETED', before: { version: 1, ...webhook.configuration }, after: null });
  });

  it('of an update has the hooks where one of them has changed, and the authentication where that has', async () => {
    const webhook = await makeWebhook();
    await askForUpdate(server, webhook.id, { hooks: [hookInput('order_created', 'moved')] });
    await askForUpdate(server, webhook.id, { authentication: { scope: 'other' } });
    await askForUpdate(server, webhook.id, { authentication: null });

    const [removed, ofAuthentication, ofHooks] = await readLog();

    expect(ofHooks).toMatchObject({
      before: { version: 1, hooks: [hookInput('order_created', 'a'), hookInput('order_updated', 'b')] },
      after: { version: 2, hooks: [hookInput('order_created', 'moved')] },
    });
    expect(Object.keys(ofHooks.after)).toEqual(['version', 'hooks']);
    expect(ofAuthentication).toMatchObject({
      before: { authentication: { scope: 'hooks' } },
      after: { authentication: { scope: 'other' } },
    });
    expect(removed).toMatchObject({ before: { authentication: { scope: 'other' } }, after: { authentication: null } });
  });

  it.each([
    ['another', 'a-new-secret', '******** (changed)'],
    ['the same', authenticationInput.clientSecret, '********'],
  ])('shows that a client secret is %s, and not what it is', async (_, clientSecret, shown) => {
    const webhook = await makeWebhook();

    await askForUpdate(server, webhook.id, { authentication: { clientSecret, scope: 'other' } });

    const [{ before, after }] = await readLog();
    expect(before.authentication.credentials.client_secret).toBe('********');
    expect(after.authentication.credentials.client_secret).toBe(shown);
  });

  it('shows the format of a header where that is no secret, and else only that it is another', async () => {
    const webhook = await makeWebhook();
    const formats = ['key=canary-1;token=%ACCESS_TOKEN%', 'key=canary-2;token=%ACCESS_TOKEN%', 'Bearer %ACCESS_TOKEN%'];

    for (const headerValueFormat of formats) await askForUpdate(server, webhook.id, { authentication: { headerValueFormat } });

    const log = (await readLog()).slice(0, 3).toReversed();
    const shown = log.map(({ before, after }: any) => [before, after].map(({ authentication }) => authentication.header_value_format));
    expect(shown).toEqual([
      ['Bearer %ACCESS_TOKEN%', '***%ACCESS_TOKEN% (changed)'],
      ['***%ACCESS_TOKEN%', '***%ACCESS_TOKEN% (changed)'],
      ['***%ACCESS_TOKEN%', 'Bearer %ACCESS_TOKEN%'],
    ]);
  });

  it('of a hook has its status', async () => {
    const webhook = await makeWebhook();
    const [hook] = hooksOf(webhook);
    await pauseHook(server, hook.id);
    await resumeHook(server, hook.id);

    const [resumed, paused] = await readLog();

    const subject = { kind: 'HOOK', id: hook.id, name: 'order_created' };
    expect(paused).toMatchObject({ action: 'HOOK_PAUSED', subject, before: { status: 'ACTIVE' }, after: { status: 'PAUSED' } });
    expect(resumed).toMatchObject({ action: 'HOOK_RESUMED', subject, before: { status: 'PAUSED' }, after: { status: 'ACTIVE' } });
  });

  it('of an event type has all of a new one, and what has changed of one that was there', async () => {
    const register = (input: Record<string, unknown>) => server.gql(REGISTER, { input: { organizationId, name: 'scanned', ...input } });
    await register({ description: 'First', schema: true, example: { n: 1 } });
    await register({ description: 'Second', schema: true, example: { n: 1 } });

    const [changed, added] = await readLog();

    expect(added).toMatchObject({
      subject: { kind: 'EVENT_TYPE', name: 'scanned' },
      before: null,
      after: { name: 'scanned', description: 'First', schema: true, example: { n: 1 } },
    });
    expect([changed.before, changed.after]).toEqual([{ description: 'First' }, { description: 'Second' }]);
  });

  it('of keys and tokens has what they are good for', async () => {
    const { key, apiKey } = await createKey(['READ', 'PUBLISH']);
    const { createStreamToken } = await server.as(key).gql(CREATE_TOKEN, { input: { organizationId, expiresInSeconds: 60 } });
    await server.gql(REVOKE, { id: apiKey.id });

    const [revoked, token, created] = await readLog();

    const subject = { kind: 'API_KEY', id: apiKey.id, name: 'Shop backend' };
    expect(created).toMatchObject({
      subject,
      after: { name: 'Shop backend', hint: apiKey.hint, scopes: ['READ', 'PUBLISH'], expiresAt: null },
    });
    expect(token).toMatchObject({
      actor: { kind: 'API_KEY', id: apiKey.id },
      subject: { kind: 'STREAM_TOKEN', name: null },
      after: { webhookId: null, expiresAt: createStreamToken.expiresAt },
    });
    expect(revoked).toMatchObject({
      subject,
      before: { revokedAt: null },
      after: { revokedAt: new Date(clock.now()).toISOString() },
    });
  });
});

describe('a change that comes to nothing', () => {
  it('such as a second pause or a second revocation leaves no second record', async () => {
    const [hook] = hooksOf(await makeWebhook());
    const { apiKey } = await createKey(['READ']);

    for (let n = 0; n < 2; n += 1) {
      await pauseHook(server, hook.id);
      await server.gql(REVOKE, { id: apiKey.id });
    }

    const actions = (await readLog()).map(({ action }) => action);
    expect(actions).toEqual(['API_KEY_REVOKED', 'HOOK_PAUSED', 'API_KEY_CREATED', 'WEBHOOK_CREATED']);
  });

  it.runIf(onPostgres)('such as the slower of two revocations at two servers leaves none', async () => {
    await using stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await makeDatabase());
    const servers: TestServer[] = [];
    for (let n = 0; n < 2; n += 1) servers.push(stack.use(await startTestServer({ clock: systemClock, config: { databaseUrl } })));
    organizationId = await makeOrganization(servers[0]!);
    const input = { organizationId, name: 'Shop backend', scopes: ['READ'] };
    const actions: string[] = [];

    for (let n = 0; n < 10; n += 1) {
      const { createApiKey } = await servers[0]!.gql(CREATE_KEY, { input });
      await Promise.all(servers.map((one) => one.gql(REVOKE, { id: createApiKey.apiKey.id })));
      actions.unshift('API_KEY_REVOKED', 'API_KEY_CREATED');
    }

    expect((await readLog(servers[0])).map(({ action }) => action)).toEqual(actions);
  });

  it('such as an update with a fault or a stale version leaves none', async () => {
    const webhook = await makeWebhook();

    await askForUpdate(server, webhook.id, { name: '' });
    await askForUpdate(server, webhook.id, { version: 7, name: 'Renamed' });

    expect(await readLog()).toHaveLength(1);
  });

  it('such as one whose record cannot be written is not made', async () => {
    const webhook = await makeWebhook();
    await using _ = await refuseWrites('insert', 'audit_records');

    const { errors } = await askForUpdate(server, webhook.id, { name: 'Renamed' });

    expect(errors).toHaveLength(1);
    expect(await readWebhook(server, webhook.id)).toEqual(webhook);
  });

  it('such as one that cannot be written leaves no record', async () => {
    const webhook = await makeWebhook();
    await using _ = await refuseWrites('update', 'webhooks');

    const { errors } = await askForUpdate(server, webhook.id, { name: 'Renamed' });

    expect(errors).toHaveLength(1);
    expect(await readLog()).toHaveLength(1);
  });
});

describe("an organization's audit log", () => {
  it('comes page by page, the newest first', async () => {
    const webhook = await makeWebhook();
    for (const name of ['A', 'B', 'C']) await askForUpdate(server, webhook.id, { name });

    const names: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { organization }: any = await server.gql(LOG, { id: organizationId, first: 2, after });
      const { edges, pageInfo } = organization.auditLog;
      names.push(...edges.map(({ node }: any) => node.subject.name));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }

    expect(names).toEqual(['C', 'B', 'A', 'Orders', 'Acme Tickets']);
  });

  it('is for who may change things there, and has nothing of another organization in it', async () => {
    const [manager, reader] = [await createKey(['MANAGE']), await createKey(['READ'])];
    const foreign = await makeOrganization(server, 'Another');

    const own = await server
      .as(manager.key)
      .ask(`{ organizations { edges { node { id auditLog { edges { node { subject { name } } } } } } } }`);
    const ofOther = await server.as(manager.key).ask(LOG, { id: foreign });
    const byReader = await server.as(reader.key).ask(LOG, { id: organizationId });

    expect(own.data.organizations.edges.map(({ node }: any) => node.id)).toEqual([organizationId]);
    expect(JSON.stringify(own)).not.toContain('Another');
    expect(ofOther.data).toEqual({ organization: null });
    expect(byReader.errors![0]!.extensions.code).toBe('FORBIDDEN');
  });

  it('has no secret in it, whatever was given and given out', async () => {
    const canary = (name: string) => `canary-${name}-secret`;
    const authentication = (name: string) => ({ ...authenticationInput, clientSecret: canary(name) });
    const webhook = await makeWebhook({ authentication: authentication('created') });
    await askForUpdate(server, webhook.id, { name: 'x', authentication: { clientSecret: canary('changed') } });
    await askForUpdate(server, webhook.id, { authentication: null });
    await askForUpdate(server, webhook.id, { authentication: authentication('added') });
    await askForUpdate(server, webhook.id, { version: 1, authentication: authentication('stale') });
    const document = structuredClone(webhook.configuration);
    document.authentication.credentials.client_secret = canary('imported');
    const { importWebhook } = await server.gql(IMPORT, { id: organizationId, document });
    const { key, apiKey } = await createKey(['READ', 'MANAGE']);
    const { createStreamToken } = await server.as(key).gql(CREATE_TOKEN, { input: { organizationId } });
    await server.gql(REVOKE, { id: apiKey.id });
    await server.gql(DELETE, { id: webhook.id });

    const text = JSON.stringify([await readLog(), await readRows(server, 'select * from audit_records')]);

    expect(text).toContain('WEBHOOK_IMPORTED');
    expect(text).not.toContain('canary');
    for (const secret of [webhook.signingSecret, importWebhook.signingSecret, key, createStreamToken.token]) {
      expect(secret.length).toBeGreaterThan(20);
      expect(text).not.toContain(secret);
    }
  });
});

/** Lets the database refuse such writes until the end of the scope. */
async function refuseWrites(kind: 'insert' | 'update', table: string): Promise<AsyncDisposable> {
  await alterDatabase(
    server,
    onPostgres
      ? `create or replace function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
         create trigger refused before ${kind} on ${table} for each row execute function refuse()`
      : `create trigger refused before ${kind} on ${table} begin select raise(abort, 'not now'); end`,
  );
  return {
    [Symbol.asyncDispose]: () => alterDatabase(server, onPostgres ? `drop trigger refused on ${table}` : 'drop trigger refused'),
  };
}
