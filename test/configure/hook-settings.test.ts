import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importDocument } from '../support/documents.js';
import { makeOrganization, readHooks } from '../support/platform.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForUpdate, askForWebhook, hookInput } from '../support/webhooks.js';

let server: TestServer;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  organizationId = await makeOrganization(server);
});

const settings = { inFlightLimit: 3, rateLimit: { deliveries: 20, per: 'MINUTE' }, ordering: 'BY_KEY' };
const defaults = { inFlightLimit: 16, rateLimit: null, ordering: 'NONE' };
const settingsOf = ({ inFlightLimit, rateLimit, ordering }: any) => ({ inFlightLimit, rateLimit, ordering });

/** Makes a webhook with one hook of these settings. */
async function made(change: Record<string, unknown>): Promise<any> {
  const { data, errors } = await askForWebhook(server, organizationId, { hooks: [{ ...hookInput(), ...change }], authentication: null });
  expect(errors).toBeUndefined();
  return data!.createWebhook;
}

/** The settings of a webhook's only hook. */
async function settingsIn(webhookId: string): Promise<unknown> {
  const [hook] = await readHooks(server, webhookId);
  return settingsOf(hook);
}

const documentWith = (change: Record<string, unknown>) => ({
  name: 'Orders',
  description: '',
  hooks: [{ ...hookInput(), ...change }],
  authentication: null,
});

describe('the settings of a hook', () => {
  it('are as they were given', async () => {
    const { id } = await made(settings);

    expect(await settingsIn(id)).toEqual(settings);
  });

  it.each([
    ['of which nothing is said', {}],
    ['with null for a rate limit', { rateLimit: null }],
  ])('have defaults %s', async (_, change) => {
    const { id } = await made(change);

    expect(await settingsIn(id)).toEqual(defaults);
  });

  it.each([
    [{ inFlightLimit: 512 }],
    [{ inFlightLimit: 1 }],
    [{ rateLimit: { deliveries: 100_000, per: 'SECOND' } }],
    [{ rateLimit: { deliveries: 1, per: 'SECOND' } }],
    [{ ordering: 'STRICT' }],
    [{ ordering: 'NONE' }],
  ])('change where an update says so and stay where it does not: %j', async (change) => {
    const { id, hooks } = await made(settings);
    const hook = hooks.edges[0].node;

    const { errors } = await askForUpdate(server, id, { hooks: [{ id: hook.id, ...change }] });

    expect(errors).toBeUndefined();
    expect(await settingsIn(id)).toEqual({ ...settings, ...change });
  });

  it('stay where an update names the hook by its type, method and endpoint alone', async () => {
    const { id } = await made(settings);

    await askForUpdate(server, id, { hooks: [hookInput(), { ...hookInput('order_updated'), inFlightLimit: 2 }] });

    expect((await readHooks(server, id)).map(settingsOf)).toEqual([settings, { ...defaults, inFlightLimit: 2 }]);
  });

  it('stay in an update that is not about hooks', async () => {
    const { id } = await made(settings);

    await askForUpdate(server, id, { name: 'Renamed' });

    expect(await settingsIn(id)).toEqual(settings);
  });

  it('lose the rate limit by null', async () => {
    const { id, hooks } = await made(settings);

    await askForUpdate(server, id, { hooks: [{ id: hooks.edges[0].node.id, rateLimit: null }] });

    expect(await settingsIn(id)).toEqual({ ...settings, rateLimit: null });
  });
});

describe('a configuration document', () => {
  it('has the settings that differ from the defaults, and makes an equal hook', async () => {
    const { configuration } = await made(settings);

    const { data } = await importDocument(server, organizationId, configuration);

    const written = { in_flight_limit: 3, rate_limit: { deliveries: 20, per: 'minute' }, ordering: 'by_key' };
    expect(JSON.stringify(configuration.hooks)).toBe(JSON.stringify([{ ...hookInput(), ...written }]));
    expect(data!.importWebhook.configuration).toEqual(configuration);
    expect(await settingsIn(data!.importWebhook.id)).toEqual(settings);
  });

  it('says nothing of the defaults, also where it came in with them', async () => {
    const { configuration } = await made(defaults);
    const { data } = await importDocument(server, organizationId, documentWith({ in_flight_limit: 16, ordering: 'none' }));

    for (const document of [configuration, data!.importWebhook.configuration]) {
      expect(JSON.stringify(document.hooks)).toBe(JSON.stringify([hookInput()]));
    }
  });

  it.each([
    [{ ordering: 'strict' }, { ...defaults, ordering: 'STRICT' }],
    [{ rate_limit: { deliveries: 5, per: 'second' } }, { ...defaults, rateLimit: { deliveries: 5, per: 'SECOND' } }],
    [{ in_flight_limit: 512 }, { ...defaults, inFlightLimit: 512 }],
  ])('is read in its own words: %j', async (change, expected) => {
    const { data } = await importDocument(server, organizationId, documentWith(change));

    expect(await settingsIn(data!.importWebhook.id)).toEqual(expected);
    expect(data!.importWebhook.configuration.hooks).toEqual([{ ...hookInput(), ...change }]);
  });

  it.each([
    [{ in_flight_limit: 0 }, 'in_flight_limit', '0', 'a whole number from 1 to 512'],
    [{ in_flight_limit: 513 }, 'in_flight_limit', '513', 'a whole number from 1 to 512'],
    [{ in_flight_limit: 1.5 }, 'in_flight_limit', '1.5', 'a whole number from 1 to 512'],
    [{ in_flight_limit: '16' }, 'in_flight_limit', '"16"', 'a whole number from 1 to 512'],
    [{ in_flight_limit: null }, 'in_flight_limit', 'null', 'a whole number from 1 to 512'],
    [{ inFlightLimit: 16 }, 'inFlightLimit', 'a number', 'no such key'],
    [{ rate_limit: 5 }, 'rate_limit', 'a number', 'an object'],
    [{ rate_limit: null }, 'rate_limit', 'null', 'an object'],
    [{ rate_limit: { per: 'second' } }, 'rate_limit.deliveries', 'nothing', 'a whole number from 1 to 100000'],
    [{ rate_limit: { deliveries: 0, per: 'second' } }, 'rate_limit.deliveries', '0', 'a whole number from 1 to 100000'],
    [{ rate_limit: { deliveries: 5, per: 'hour' } }, 'rate_limit.per', '"hour"', 'one of "second", "minute"'],
    [{ rate_limit: { deliveries: 5, per: 'SECOND' } }, 'rate_limit.per', '"SECOND"', 'one of "second", "minute"'],
    [{ rate_limit: { deliveries: 5, per: 'second', burst: 9 } }, 'rate_limit.burst', 'a number', 'no such key'],
    [{ ordering: 'BY_KEY' }, 'ordering', '"BY_KEY"', 'one of "none", "by_key", "strict"'],
    [{ ordering: null }, 'ordering', 'null', 'one of "none", "by_key", "strict"'],
  ])('is told what is wrong with %j', async (change, path, received, expected) => {
    const { errors } = await importDocument(server, organizationId, documentWith(change));

    expect(errors![0]!.extensions).toEqual({ code: 'BAD_USER_INPUT', faults: [{ path: `hooks[0].${path}`, received, expected }] });
  });
});

describe("GraphQL's input", () => {
  it.each([
    [{ inFlightLimit: 0 }, 'inFlightLimit', '0', 'a whole number from 1 to 512'],
    [{ inFlightLimit: 513 }, 'inFlightLimit', '513', 'a whole number from 1 to 512'],
    [{ rateLimit: { deliveries: 0, per: 'SECOND' } }, 'rateLimit.deliveries', '0', 'a whole number from 1 to 100000'],
    [{ rateLimit: { deliveries: 100_001, per: 'MINUTE' } }, 'rateLimit.deliveries', '100001', 'a whole number from 1 to 100000'],
  ])('is told what is wrong with %j, in a new webhook and in a change', async (change, path, received, expected) => {
    const webhook = await made(settings);

    const onCreate = await askForWebhook(server, organizationId, { hooks: [{ ...hookInput(), ...change }] });
    const onUpdate = await askForUpdate(server, webhook.id, { hooks: [{ ...hookInput(), ...change }] });

    for (const { errors } of [onCreate, onUpdate]) {
      const faults = [{ path: `input.hooks[0].${path}`, received, expected }];
      expect(errors![0]!.extensions).toEqual({ code: 'BAD_USER_INPUT', faults });
    }
    expect(await settingsIn(webhook.id)).toEqual(settings);
  });

  it.each([
    [{ inFlightLimit: null }, 'inFlightLimit'],
    [{ ordering: null }, 'ordering'],
  ])('takes no null in a change where nothing can be taken away: %j', async (change, path) => {
    const webhook = await made(settings);

    const { errors } = await askForUpdate(server, webhook.id, { hooks: [{ ...hookInput(), ...change }] });

    expect(errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      faults: [{ path: `input.hooks[0].${path}`, received: 'null' }],
    });
    expect(await settingsIn(webhook.id)).toEqual(settings);
  });

  it.each([
    [{ ordering: 'SIDEWAYS' }, 'ordering'],
    [{ rateLimit: { deliveries: 5, per: 'HOUR' } }, 'rateLimit.per'],
    [{ rateLimit: { deliveries: 5 } }, 'rateLimit'],
    [{ inFlightLimit: 'many' }, 'inFlightLimit'],
  ])('is told what does not fit its types: %j', async (change, path) => {
    const { errors } = await askForWebhook(server, organizationId, { hooks: [{ ...hookInput(), ...change }] });

    const message = expect.stringContaining(`got invalid value at "input.hooks[0].${path}"`) as string;
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
