import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeOrganization } from '../support/platform.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { type Answer, startTestServer, type TestServer } from '../support/server.js';
import { askForUpdate, askForWebhook, hookInput, hooksOf, readWebhook } from '../support/webhooks.js';

const clock = new ManualClock();
let server: TestServer;
let webhook: any;

beforeAll(async () => {
  server = await startTestServer({ clock });
});

afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  webhook = (await askForWebhook(server, await makeOrganization(server))).data!.createWebhook;
});

async function readVersion(id: string): Promise<number> {
  const { webhook: found } = await server.gql('query ($id: ID!) { webhook(id: $id) { version } }', { id });
  return found.version;
}

describe("a webhook's version", () => {
  it.each([
    ['its name', () => ({ name: 'Renamed' })],
    ['its hooks', () => ({ hooks: [hookInput('event_created')] })],
    ['its authentication', () => ({ authentication: { scope: 'other' } })],
  ])('is 1 at first and rises with a change of %s', async (_, input) => {
    const before = await readVersion(webhook.id);

    await askForUpdate(server, webhook.id, input());

    expect([before, await readVersion(webhook.id)]).toEqual([1, 2]);
  });

  it('stays as it is when an update is refused', async () => {
    await askForUpdate(server, webhook.id, { name: '' });

    expect(await readVersion(webhook.id)).toBe(1);
  });

  it('rises when the webhook is deleted', async () => {
    const [{ id: hookId }] = hooksOf(webhook);
    const { sendTestEvent } = await server.gql('mutation ($id: ID!) { sendTestEvent(hookId: $id) { id } }', { id: hookId });

    await server.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhook.id });

    const { delivery } = await server.gql('query ($id: ID!) { delivery(id: $id) { hook { webhook { version } } } }', {
      id: sendTestEvent.id,
    });
    expect(delivery.hook.webhook.version).toBe(2);
  });
});

describe('an update of the version that was read', () => {
  it('is made while that is still the version', async () => {
    const first = await askForUpdate(server, webhook.id, { version: 1, name: 'First' });
    const second = await askForUpdate(server, webhook.id, { version: 2, name: 'Second' });

    expect([first.errors, second.errors]).toEqual([undefined, undefined]);
    expect((await readWebhook(server, webhook.id)).name).toBe('Second');
  });

  it('is a CONFLICT that shows what is there now once it is stale, and changes nothing', async () => {
    clock.advance(1000);
    const { data } = await askForUpdate(server, webhook.id, {
      name: 'First',
      authentication: { clientSecret: 'canary-secret', headerValueFormat: 'Bearer %ACCESS_TOKEN% key=canary' },
    });
    clock.advance(1000);

    const { errors } = await askForUpdate(server, webhook.id, { version: 1, name: 'Second', hooks: [], authentication: null });

    const now = data!.updateWebhook;
    expect(errors).toMatchObject([
      {
        message: 'input.version: expected 2, the version of the webhook as it is now, received 1. extensions.webhook shows it.',
        path: ['updateWebhook'],
      },
    ]);
    expect(errors![0]!.extensions).toEqual({
      code: 'CONFLICT',
      webhook: { id: webhook.id, version: 2, updatedAt: now.updatedAt, configuration: now.configuration },
    });
    expect(now.configuration).toMatchObject({
      name: 'First',
      authentication: { credentials: { client_secret: '********' }, header_value_format: 'Bearer %ACCESS_TOKEN%***' },
    });
    expect(JSON.stringify(errors)).not.toContain('canary');
    expect(await readWebhook(server, webhook.id)).toEqual(now);
  });

  it('is a CONFLICT too where the version is one that never was', async () => {
    const { errors } = await askForUpdate(server, webhook.id, { version: 7, name: 'Second' });

    expect(errors![0]!.extensions.code).toBe('CONFLICT');
  });

  it('is made whatever the version is where none is named', async () => {
    await askForUpdate(server, webhook.id, { name: 'First' });

    const { data } = await askForUpdate(server, webhook.id, { name: 'Second' });

    expect(data!.updateWebhook.name).toBe('Second');
  });

  it('is refused with null in its place, which might have been meant for a check', async () => {
    const { errors } = await askForUpdate(server, webhook.id, { version: null });

    expect(errors![0]!.extensions.faults).toEqual([{ path: 'input.version', received: 'null', expected: 'a whole number' }]);
  });
});

describe('two who save at once what both have read', () => {
  it('are told apart: one has it saved, and the other is shown that', async () => {
    const answers = await saveAtOnce([server, server], webhook.id);

    await expectOneSaved(server, answers);
  });

  it.runIf(onPostgres)('are told apart at two servers', async () => {
    await using stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await makeDatabase());
    const servers: TestServer[] = [];
    for (let n = 0; n < 2; n += 1) servers.push(stack.use(await startTestServer({ clock: systemClock, config: { databaseUrl } })));
    const { data } = await askForWebhook(servers[0]!, await makeOrganization(servers[0]!));

    for (let version = 1; version <= 10; version += 1) {
      const answers = await saveAtOnce(servers, data!.createWebhook.id, version);

      await expectOneSaved(servers[0]!, answers);
    }
  });

  function saveAtOnce(servers: readonly TestServer[], id: string, version = 1): Promise<Answer[]> {
    return Promise.all(servers.map((one, index) => askForUpdate(one, id, { version, name: `Saved by ${index} of ${version}` })));
  }

  async function expectOneSaved(at: TestServer, answers: readonly Answer[]): Promise<void> {
    const saved = answers.flatMap(({ data }) => data?.updateWebhook ?? []);
    const refused: any[] = answers.flatMap(({ errors }) => (errors ?? []).map(({ extensions }) => extensions));
    expect(saved).toHaveLength(1);
    expect(refused).toMatchObject([{ code: 'CONFLICT', webhook: { configuration: saved[0].configuration } }]);
    expect(await readWebhook(at, saved[0].id)).toEqual(saved[0]);
  }
});
