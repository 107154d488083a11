import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countWebhooks } from '../support/documents.js';
import { makeOrganization } from '../support/platform.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForWebhook, authenticationInput, hookInput, hooksOf, readWebhook } from '../support/webhooks.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ config: { dangerouslyAllowedAddresses: [] } });
});

afterAll(() => server[Symbol.asyncDispose]());

describe('a webhook that is made', () => {
  it('has what it was given', async () => {
    const organizationId = await makeOrganization(server);

    const { data } = await askForWebhook(server, organizationId, { description: 'For orders' });

    const webhook = data!.createWebhook;
    const { clientSecret, ...shown } = authenticationInput;
    expect(webhook).toMatchObject({
      name: 'Orders',
      description: 'For orders',
      createdAt: '2026-01-01T12:00:00.000Z',
      updatedAt: '2026-01-01T12:00:00.000Z',
      deletedAt: null,
      organization: { id: organizationId },
      authentication: { ...shown, clientAuthentication: 'BASIC', version: 1 },
    });
    expect(hooksOf(webhook)).toMatchObject([
      { ...hookInput('order_created', 'a'), status: 'ACTIVE' },
      { ...hookInput('order_updated', 'b'), status: 'ACTIVE' },
    ]);
    expect(JSON.stringify(webhook)).not.toContain(clientSecret);
    expect(await readWebhook(server, webhook.id)).toEqual(webhook);
  });

  it('needs neither hooks nor an authentication nor a description', async () => {
    const organizationId = await makeOrganization(server);

    const { data } = await askForWebhook(server, organizationId, { hooks: [], authentication: null });

    expect(data!.createWebhook).toMatchObject({ description: '', authentication: null, hooks: { edges: [] } });
  });

  it('has a signing secret of its own', async () => {
    const organizationId = await makeOrganization(server);

    const made = await Promise.all([askForWebhook(server, organizationId), askForWebhook(server, organizationId)]);

    const [first, second] = made.map(({ data }) => data!.createWebhook.signingSecret as string);
    expect(first).toMatch(/^whsec_/);
    expect(Buffer.from(first!.slice('whsec_'.length), 'base64').length).toBeGreaterThanOrEqual(24);
    expect(second).not.toBe(first);
  });

  it('may have hooks of an event type that the organization has registered', async () => {
    const organizationId = await makeOrganization(server);
    await server.gql('mutation ($o: ID!) { registerEventType(input: { organizationId: $o, name: "seat.taken" }) { id } }', {
      o: organizationId,
    });

    const { errors } = await askForWebhook(server, organizationId, { hooks: [hookInput('seat.taken')] });

    expect(errors).toBeUndefined();
  });

  it("may not have hooks of another organization's event type", async () => {
    const [organizationId, other] = [await makeOrganization(server), await makeOrganization(server)];
    await server.gql('mutation ($o: ID!) { registerEventType(input: { organizationId: $o, name: "seat.taken" }) { id } }', { o: other });

    const { errors } = await askForWebhook(server, organizationId, { hooks: [hookInput('seat.taken')] });

    expect(errors![0]!.extensions.faults).toMatchObject([{ path: 'input.hooks[0].type', received: '"seat.taken"' }]);
  });

  it('may have a thousand hooks, which come in order', async () => {
    const organizationId = await makeOrganization(server);
    const hooks = Array.from({ length: 1000 }, (_, index) => hookInput('order_created', String(index)));

    const { data } = await askForWebhook(server, organizationId, { hooks });

    expect(data!.createWebhook.configuration.hooks).toEqual(hooks);
  });
});

describe('a webhook that is refused', () => {
  it('is told every fault at once, and nothing is saved', async () => {
    const organizationId = await makeOrganization(server);

    const { errors } = await askForWebhook(server, organizationId, {
      name: '',
      hooks: [hookInput('nope'), { ...hookInput(), endpoint: 'http://127.0.0.1/' }, hookInput(), hookInput()],
      authentication: { ...authenticationInput, endpoint: 'ftp://x', headerFormat: 'Host', headerValueFormat: 'Bearer', clientSecret: '' },
    });

    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors![0]!.extensions.faults!.map(({ path }) => path)).toEqual([
      'input.name',
      'input.hooks[1].endpoint',
      'input.authentication.endpoint',
      'input.authentication.clientSecret',
      'input.authentication.headerFormat',
      'input.authentication.headerValueFormat',
      'input.hooks[0].type',
      'input.hooks[3]',
    ]);
    expect(await countWebhooks(server, organizationId)).toBe(0);
  });

  it('is of an organization that is not there', async () => {
    const { errors } = await askForWebhook(server, 'nobody');

    expect(errors![0]).toMatchObject({ message: 'There is no organization with the id "nobody".', extensions: { code: 'NOT_FOUND' } });
  });

  it('has too many hooks, which is one fault', async () => {
    const organizationId = await makeOrganization(server);
    const hooks = Array.from({ length: 40_000 }, (_, index) => ({ ...hookInput(`type${index}`), endpoint: 'x' }));

    const { errors } = await askForWebhook(server, organizationId, { hooks });

    expect(errors![0]!.extensions.faults).toEqual([{ path: 'input.hooks', received: 'a list of 40000', expected: 'at most 1000 hooks' }]);
  });
});
