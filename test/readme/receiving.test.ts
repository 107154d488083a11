import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany } from '../support/platform.js';
import { type ReceivedRequest, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';
import { authenticationAt, startTokenServer } from '../support/token-server.js';
import { startProgram } from './program.js';
import { blockNamed, blocks, codeIn, tableRows } from './readme.js';

/** Inside the project, so that packages are found from there. */
const FOLDER = resolve('node_modules/.cache/hookgraph-readme');

describe("README's snippet for receivers", () => {
  it('takes a real delivery, and refuses one that was changed on the way', async () => {
    const { request, signingSecret } = await receiveOne();
    process.env.SIGNING_SECRET = signingSecret;
    onTestFinished(() => void delete process.env.SIGNING_SECRET);
    const file = await save('verify.mjs', blockNamed('verify'));
    const { readDelivery } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      readDelivery(body: string, headers: Record<string, string>): { type: string };
    };
    const body = request.body.toString();

    expect(readDelivery(body, request.headers)).toEqual(JSON.parse(body));
    expect(() => readDelivery(body.replace('order_created', 'order_removed'), request.headers)).toThrow(/signature/i);
  });
});

describe("README's account of a delivery", () => {
  it('names every header and every key of the body', async () => {
    const { request } = await receiveOne();

    const ofHttp = ['accept-encoding', 'connection', 'content-length', 'host'];
    const headers = Object.keys(request.headers).filter((name) => !ofHttp.includes(name));
    expect(headers.toSorted()).toEqual(
      tableRows('Header')
        .map(([name]) => codeIn(name))
        .toSorted(),
    );
    const shown = JSON.parse(
      blocks.find(({ language, heading }) => language === 'json' && heading === 'What a receiver gets')!.text,
    ) as object;
    expect(Object.keys(JSON.parse(request.body.toString()) as object)).toEqual(Object.keys(shown));
  });
});

describe('examples/receiver.mjs', () => {
  it('prints what it verifies, and refuses the rest', async () => {
    await using server = await startTestServer({ clock: systemClock });
    await using placeholder = await startReceiver();
    const organizationId = await makeOrganization(server);
    const { id, signingSecret, hookIds } = await makeWebhook(server, { organizationId, endpoint: placeholder.url });
    await using receiver = startProgram(['examples/receiver.mjs', signingSecret], { env: { PORT: '0' } });
    const [url] = await receiver.says(/http:\S+/);
    await server.gql('mutation ($id: ID!, $hooks: [UpdateHookInput!]!) { updateWebhook(id: $id, input: { hooks: $hooks }) { id } }', {
      id,
      hooks: [{ id: hookIds.order_created, endpoint: url }],
    });

    await publish(server, organizationId, 'order_created', { orderId: 'ord-77' });
    await receiver.says(/✔ order_created {2}\{"orderId":"ord-77"\}/);
    const forged = await fetch(url, { method: 'POST', body: '{}' });

    expect(forged.status).toBe(400);
    await receiver.says(/✘ refused/);
  });

  it('asks for the secret where it is missing', async () => {
    await using receiver = startProgram(['examples/receiver.mjs']);

    expect(await receiver.ended()).toBe(2);
    expect(receiver.errors).toContain('whsec_');
  });
});

describe("README's program that watches", () => {
  it('begins after the cursor it is given, and goes on where it was when the server comes back', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-readme-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    await using receiver = await startReceiver();
    await using first = await startTestServer({ config: { dataDir } });
    const organizationId = await makeOrganization(first);
    await makeWebhook(first, { organizationId, endpoint: receiver.url, types: ['order_created', 'order_updated', 'order_removed'] });
    const notices = await first.subscribe(ATTEMPTS, { organizationId });
    await publish(first, organizationId, 'order_created');
    const { deliveryAttempts } = await notices.next();
    const updated = await publish(first, organizationId, 'order_updated');
    const { host, port } = new URL(first.url);
    const file = await save('watch.mjs', blockNamed('watch').replace('127.0.0.1:4000', host));

    const env = { API_KEY: ADMIN_KEY, ORGANIZATION_ID: organizationId, AFTER: deliveryAttempts.cursor };
    await using program = startProgram([file], { env });
    await program.says(/order_updated/);
    await first.stop();
    await using second = await startTestServer({ config: { dataDir, port: Number(port) } });
    const removed = await publish(second, organizationId, 'order_removed');
    await program.says(/order_removed/);

    expect(program.output).toBe(`${updated} order_updated 1 SUCCEEDED\n${removed} order_removed 1 SUCCEEDED\n`);
  });

  it('gets each of 60 notices once while its tokens expire, warned or not, and loses none', async () => {
    const clock = new ManualClock();
    await using receiver = await startReceiver();
    await using server = await startTestServer({ clock });
    const organizationId = await makeOrganization(server);
    await makeWebhook(server, { organizationId, endpoint: receiver.url });
    const file = await save('watch-expiring.mjs', blockNamed('watch').replace('http://127.0.0.1:4000', server.url));
    const { streamCursor } = (await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: organizationId }))
      .organization;
    await using program = startProgram([file], { env: { API_KEY: ADMIN_KEY, ORGANIZATION_ID: organizationId, AFTER: streamCursor } });
    const ids = await publishMany(server, organizationId, 20);
    await program.says(linesOf(20));

    // Warned: a minute of the 15 is left.
    clock.advance(14 * 60_000);
    ids.push(...(await publishMany(server, organizationId, 20, 21)));
    await program.says(linesOf(40));
    await tokensMade(server, organizationId, 2);
    // Expired in the same moment in which it is warned.
    const notices = publishMany(server, organizationId, 10, 41);
    clock.advance(16 * 60_000);
    ids.push(...(await notices), ...(await publishMany(server, organizationId, 10, 51)));
    await program.says(linesOf(60));

    const shown = program.output
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(shown.toSorted()).toEqual(ids.toSorted());
    await tokensMade(server, organizationId, 3);
  });
});

function linesOf(count: number): RegExp {
  return new RegExp(`^(?:.+\\n){${count}}`);
}

/** Waits until so many tokens were made. */
async function tokensMade(server: TestServer, organizationId: string, count: number): Promise<void> {
  const query = 'query ($id: ID!) { organization(id: $id) { auditLog(first: 100) { edges { node { action } } } } }';
  for (;;) {
    const { organization } = await server.gql(query, { id: organizationId });
    const made = organization.auditLog.edges.filter(({ node }: any) => node.action === 'STREAM_TOKEN_CREATED');
    if (made.length === count) return;
  }
}

async function receiveOne(): Promise<{ request: ReceivedRequest; signingSecret: string }> {
  await using server = await startTestServer({ clock: systemClock });
  await using receiver = await startReceiver();
  await using tokenServer = await startTokenServer();
  const organizationId = await makeOrganization(server);
  const authentication = authenticationAt(tokenServer);
  const { signingSecret } = await makeWebhook(server, { organizationId, endpoint: receiver.url, authentication });
  await publish(server, organizationId);
  return { request: await receiver.next(), signingSecret };
}

async function save(name: string, text: string): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, name);
  await writeFile(file, text);
  return file;
}
