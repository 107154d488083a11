import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { idOfKey } from '../../src/seal/seal-ring.js';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR, SERVER_FILE } from '../support/build.js';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { databaseUrlOf, dropDatabaseOf, onPostgres } from '../support/postgres.js';
import { readRows } from '../support/read-rows.js';
import { startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';
import { authenticationAt, startTokenServer } from '../support/token-server.js';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

const WEBHOOK = 'query ($id: ID!) { webhook(id: $id) { signingSecret configuration authentication { headerValueFormat } } }';

/** All that the database has, as whoever gets hold of it reads it: the files of SQLite, the rows of PostgreSQL. */
async function readAll(server: TestServer): Promise<string> {
  if (!onPostgres) {
    const names = (await readdir(server.dataDir)).filter((name) => name.startsWith('hookgraph.sqlite'));
    return (await Promise.all(names.map((name) => readFile(join(server.dataDir, name), 'latin1')))).join('');
  }
  const tables = await readRows<{ name: string }>(server, `select tablename as name from pg_tables where schemaname = 'public'`);
  const rows = await Promise.all(tables.map(({ name }) => readRows(server, `select t::text from "${name}" as t`)));
  return JSON.stringify(rows);
}

/** A folder with its database, of servers that come and go. */
async function makeFolder(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  onTestFinished(async () => {
    await dropDatabaseOf(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });
  return dataDir;
}

function environmentOf(dataDir: string, ...keys: Buffer[]): Record<string, string> {
  return {
    PORT: '0',
    DATA_DIR: dataDir,
    ADMIN_API_KEY: ADMIN_KEY,
    ENCRYPTION_KEYS: keys.map((key) => key.toString('base64')).join(','),
    ...(onPostgres ? { DATABASE_URL: databaseUrlOf(dataDir) } : {}),
  };
}

describe('the database', () => {
  it('has no secret in plain, and deliveries go out with all of them', async () => {
    await using server = await startTestServer({ clock: systemClock });
    await using receiver = await startReceiver();
    await using tokens = await startTokenServer();
    const organizationId = await makeOrganization(server, 'canary-name');
    const secrets = { clientSecret: 'canary-first-secret', headerValueFormat: 'canary-first-format %ACCESS_TOKEN%' };
    const extraParameters = [{ name: 'assertion', value: 'canary-first-value' }];
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const webhook = await makeWebhook(server, {
      organizationId,
      endpoint: receiver.url,
      authentication: authenticationAt(tokens, { ...secrets, extraParameters }),
    });
    await publish(server, organizationId);
    const first = await receiver.next();

    const changed = { clientSecret: 'canary-other-secret', headerValueFormat: 'canary-other-format %ACCESS_TOKEN%' };
    await server.gql('mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { id } }', {
      id: webhook.id,
      input: { authentication: { ...changed, extraParameters: [{ name: 'assertion', value: 'canary-other-value' }] } },
    });
    const { webhook: shown } = await server.gql(WEBHOOK, { id: webhook.id });
    await server.gql(
      'mutation ($organizationId: ID!, $configuration: JSON!) { importWebhook(organizationId: $organizationId, configuration: $configuration) { id } }',
      {
        organizationId,
        configuration: { ...shown.configuration, authentication: importedAuthentication(tokens.url) },
      },
    );
    await publish(server, organizationId);
    const later = [await receiver.next(), await receiver.next()].map(({ headers }) => headers.authorization!.split(' ')[0]);
    for (let recorded = 0; recorded < 3; recorded += 1) await attempts.next();
    const stored = await readAll(server);

    expect(new Verifier(webhook.signingSecret).verify(first.body, first.headers)).toMatchObject({ type: 'order_created' });
    expect(first.headers.authorization).toBe(`canary-first-format ${tokens.issued[0]}`);
    expect(later.toSorted()).toEqual(['canary-imported-format', 'canary-other-format']);
    expect(shown).toMatchObject({
      signingSecret: webhook.signingSecret,
      configuration: { authentication: { header_value_format: '***%ACCESS_TOKEN%' } },
      authentication: { headerValueFormat: '***%ACCESS_TOKEN%' },
    });
    const looked = ['canary-name', webhook.signingSecret, ...tokens.issued, ...Object.values(secrets), ...Object.values(changed)];
    const values = ['canary-first-value', 'canary-other-value', 'canary-imported-value'];
    const canaries = [...looked, ...values, 'canary-imported-secret', 'canary-imported-format'];
    expect(tokens.issued).toHaveLength(3);
    // What is no secret is found, so this looks where they would be.
    expect(canaries.filter((canary) => stored.includes(canary))).toEqual(['canary-name']);
  });
});

function importedAuthentication(endpoint: string) {
  return {
    grant_type: 'client_credentials',
    endpoint,
    credentials: { client_id: 'doo', client_secret: 'canary-imported-secret' },
    header_format: 'Authorization',
    header_value_format: 'canary-imported-format %ACCESS_TOKEN%',
    extra_parameters: [{ name: 'assertion', value: 'canary-imported-value' }],
  };
}

describe('payloads', () => {
  it('are sealed where that is set, sent as they were published, and read again whatever is set then', async () => {
    const dataDir = await makeFolder();
    await using receiver = await startReceiver();
    const clock = new ManualClock();
    const sealing = await startTestServer({ clock, config: { dataDir, encryptPayloads: true } });
    const organizationId = await makeOrganization(sealing, 'canary-name');
    const types = ['order_created', 'hook_disabled'];
    const { hookIds } = await makeWebhook(sealing, { organizationId, endpoint: receiver.url, types });
    receiver.answerWith([{ status: 500 }, { status: 200 }]);
    const attempts = await sealing.subscribe(ATTEMPTS, { organizationId });
    const input = { organizationId, type: 'order_created', payload: { of: 'canary-payload' }, idempotencyKey: 'k' };

    const { event } = await publishEvent(sealing, input);
    const failed = (await attempts.next()).deliveryAttempts.attempt;
    const again = await publishEvent(sealing, input);
    const other = await sealing.ask(PUBLISH, { input: { ...input, payload: { of: 'another' } } });
    await sealing.gql('mutation ($id: ID!) { sendTestEvent(hookId: $id) { id } }', { id: hookIds.hook_disabled });
    await attempts.next();
    const stored = await readAll(sealing);
    const payloads = await readRows<{ payload: string }>(sealing, 'select payload from events');
    await sealing.stop();
    await using plain = await startTestServer({ clock, config: { dataDir, encryptPayloads: false } });
    const shown = await plain.gql('query ($id: ID!) { event(id: $id) { payload } }', { id: event.id });
    clock.advance(10_000);
    const requests = await receiver.requests(3);

    expect(again).toMatchObject({ duplicate: true, event: { id: event.id, payload: input.payload } });
    expect(other.errors![0]!.extensions.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(failed.request.body).toBe(requests[0]!.body.toString());
    expect(['canary-name', 'canary-payload'].filter((canary) => stored.includes(canary))).toEqual(['canary-name']);
    // The test event is the second.
    expect(payloads.map(({ payload }) => payload.split(':')[0])).toEqual(['sealed', 'sealed']);
    expect(shown.event.payload).toEqual(input.payload);
    expect(JSON.parse(requests[0]!.body.toString()).data).toEqual(input.payload);
    expect(requests[2]!.body).toEqual(requests[0]!.body);
  });

  it('are in plain where nothing is set', async () => {
    await using server = await startTestServer();
    const organizationId = await makeOrganization(server);

    await publish(server, organizationId, 'order_created', { of: 'canary-payload' });

    expect(await readAll(server)).toContain('canary-payload');
  });
});

const PUBLISH = 'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { duplicate event { id payload } } }';

async function publishEvent(server: TestServer, input: Record<string, unknown>): Promise<any> {
  return (await server.gql(PUBLISH, { input })).publishEvent;
}

describe('a server', () => {
  it('without the key that sealed what is stored ends with a sentence, and starts with it', async () => {
    const dataDir = await makeFolder();
    const first = await startTestServer({ config: { dataDir, encryptionKeys: [OLD] } });
    const organizationId = await makeOrganization(first);
    const { id, signingSecret } = await makeWebhook(first, { organizationId, endpoint: 'https://receiver.example/' });
    await first.stop();

    await using refused = startProgram([SERVER_FILE], { env: environmentOf(dataDir, NEW) });
    const status = await refused.ended();
    await using second = await startTestServer({ config: { dataDir, encryptionKeys: [NEW, OLD] } });

    expect(status).toBe(1);
    expect(refused.output).toBe('');
    expect(refused.errors).toBe(
      `The database has what was sealed with the key ${idOfKey(OLD)}, which is not in ENCRYPTION_KEYS: what is there is ${idOfKey(NEW)}. ` +
        'Set the keys that were there before: the first of them seals, all of them open. Without them, nothing is started.\n',
    );
    expect((await second.gql(WEBHOOK, { id })).webhook.signingSecret).toBe(signingSecret);
  });
});

describe('npm run reseal', () => {
  const RESEAL_FILE = join(BUILT_DIR, 'scripts/reseal.js');

  it('turns the key over, so that the next server needs the new one alone', async () => {
    const dataDir = await makeFolder();
    const first = await startTestServer({ config: { dataDir, encryptionKeys: [OLD] } });
    const organizationId = await makeOrganization(first);
    const { id, signingSecret } = await makeWebhook(first, { organizationId, endpoint: 'https://receiver.example/' });
    await first.stop();

    await using resealing = startProgram([RESEAL_FILE], { env: environmentOf(dataDir, NEW, OLD) });
    const status = await resealing.ended();
    await using second = await startTestServer({ config: { dataDir, encryptionKeys: [NEW] } });

    expect([status, resealing.errors]).toEqual([0, '']);
    expect(resealing.output).toBe(
      `1 sealed with the key ${idOfKey(NEW)}, the first of ENCRYPTION_KEYS.\n` +
        `Nothing is sealed with ${idOfKey(OLD)} (number 2) of ENCRYPTION_KEYS any more: take out what is old.\n`,
    );
    expect((await second.gql(WEBHOOK, { id })).webhook.signingSecret).toBe(signingSecret);
  });

  it('says that a new key seals nothing while it stands behind the old one', async () => {
    const dataDir = await makeFolder();
    const server = await startTestServer({ config: { dataDir, encryptionKeys: [OLD] } });
    await server.stop();

    await using resealing = startProgram([RESEAL_FILE], { env: environmentOf(dataDir, OLD, NEW) });

    expect(await resealing.ended()).toBe(0);
    expect(resealing.output).toBe(
      `0 sealed with the key ${idOfKey(OLD)}, the first of ENCRYPTION_KEYS.\n` +
        `Nothing is sealed with ${idOfKey(NEW)} (number 2) of ENCRYPTION_KEYS any more: take out what is old.\n` +
        'A new key seals once it stands before the others.\n',
    );
  });

  it.runIf(!onPostgres)('makes no database where a folder is misspelled', async () => {
    const dataDir = join(await makeFolder(), 'misspelled');

    await using resealing = startProgram([RESEAL_FILE], { env: environmentOf(dataDir, NEW, OLD) });

    expect(await resealing.ended()).toBe(1);
    expect(resealing.errors).toContain(`DATA_DIR: expected the folder of a database, received "${dataDir}", and there is none`);
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
  });

  it.runIf(onPostgres)('runs beside a server that has both keys', async () => {
    const dataDir = await makeFolder();
    await using server = await startTestServer({ config: { dataDir, encryptionKeys: [OLD, NEW] } });
    const organizationId = await makeOrganization(server);
    const { id, signingSecret } = await makeWebhook(server, { organizationId, endpoint: 'https://receiver.example/' });

    await using resealing = startProgram([RESEAL_FILE], { env: environmentOf(dataDir, NEW, OLD) });
    const status = await resealing.ended();

    expect(status).toBe(0);
    expect((await server.gql(WEBHOOK, { id })).webhook.signingSecret).toBe(signingSecret);
  });

  it.runIf(!onPostgres)('is refused while a server runs on the data folder', async () => {
    const dataDir = await makeFolder();
    await using _ = await startTestServer({ config: { dataDir, encryptionKeys: [OLD] } });

    await using resealing = startProgram([RESEAL_FILE], { env: environmentOf(dataDir, NEW, OLD) });

    expect(await resealing.ended()).toBe(1);
    expect(resealing.errors).toBe(`A server is running on the data folder ${dataDir}: stop it, and run this again.\n`);
  });
});
