import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { databaseUrlOf, onPostgres } from '../support/postgres.js';
import { post } from '../support/raw.js';
import { readAllText } from '../support/read-all-text.js';
import { type Receiver, type Script, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';
import { authenticationAt, startTokenServer, type TokenServer } from '../support/token-server.js';

/** Fills every field that takes a secret, goes through faults on every side, and looks for the secrets in all that came out. */

const CLIENT_SECRET = 'canary-client-secret';
const NEW_CLIENT_SECRET = 'canary-renewed-client-secret';
/** A key beside the token, in the header's value. */
const HEADER_KEY = 'canary-header-key';
const NEW_HEADER_KEY = 'canary-renewed-header-key';
const PARAMETER = 'canary-value-of-a-parameter';
const STATED_TOKEN = 'canary-token-that-is-echoed';

let server: TestServer;
let receiver: Receiver;
let tokens: TokenServer;
let organizationId: string;
const log = keepLog();
/** Everything that the server has said: answers, notices, health. */
const said: string[] = [];
const canaries = new Set<string>([ADMIN_KEY, CLIENT_SECRET, NEW_CLIENT_SECRET, HEADER_KEY, NEW_HEADER_KEY, PARAMETER, STATED_TOKEN]);
/** What the admin asked to see, and may: it must be nowhere but in those answers. */
const shownOnPurpose = new Set<string>();

beforeAll(async () => {
  const clock = new ManualClock();
  [server, receiver, tokens] = await Promise.all([startTestServer({ clock, log: log.log }), startReceiver(), startTokenServer()]);
  organizationId = await makeOrganization(server);
  const key = await makeKeys();

  const authentication = authenticationAt(tokens, {
    clientSecret: CLIENT_SECRET,
    headerFormat: 'X-Token',
    headerValueFormat: `Bearer %ACCESS_TOKEN% x-api-key=${HEADER_KEY}`,
    extraParameters: [{ name: 'assertion', value: PARAMETER }],
  });
  const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url, authentication });
  canaries.add(webhook.signingSecret).add(webhook.signingSecret.replace('whsec_', ''));
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  const attemptOnce = async () => {
    await publish(server, organizationId);
    said.push(JSON.stringify(await attempts.next()));
  };

  await ofReceivers(attemptOnce);
  await ofTokenServers(attemptOnce, clock);
  await ofCallers(webhook.id, key);
  for (const token of tokens.issued) canaries.add(token);

  const { webhook: read } = await server.gql(
    'query ($id: ID!) { webhook(id: $id) { configuration authentication { clientId headerValueFormat extraParameterNames version } } }',
    { id: webhook.id },
  );
  const { organization } = await server.gql(
    'query ($id: ID!) { organization(id: $id) { auditLog { edges { node { action before after } } } } }',
    { id: organizationId },
  );
  said.push(JSON.stringify(read), JSON.stringify(organization), await (await fetch(`${server.url}/health`)).text());
  await server.stop();
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close(), tokens[Symbol.asyncDispose]()]));

/** A key and a token, of which only the answers that give them may speak. */
async function makeKeys(): Promise<string> {
  const { createApiKey } = await server.gql(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id hint } } }',
    { input: { organizationId, name: 'A key', scopes: ['READ', 'MANAGE'] } },
  );
  const { createStreamToken } = await server
    .as(createApiKey.key)
    .gql('mutation ($input: CreateStreamTokenInput!) { createStreamToken(input: $input) { token } }', { input: { organizationId } });
  for (const secret of [createApiKey.key, createStreamToken.token]) {
    canaries.add(secret);
    shownOnPurpose.add(secret);
  }
  said.push(
    JSON.stringify(
      await server.gql('query ($id: ID!) { organization(id: $id) { apiKeys { edges { node { id name hint scopes } } } } }', {
        id: organizationId,
      }),
    ),
  );
  return createApiKey.key;
}

/** Receivers that send back what they got, in all places of an answer, and none of what is asked. */
async function ofReceivers(attemptOnce: () => Promise<void>): Promise<void> {
  const echo: Script = ({ request, response }) => {
    const token = request.headers['x-token']!;
    response.writeHead(500, { 'x-echo': token, location: `http://127.0.0.1/?t=${encodeURIComponent(token)}`, 'set-cookie': `t=${token}` });
    response.end(JSON.stringify({ token, key: token.split('=').at(-1), headers: request.headers }));
  };
  const scripts: Script[] = [
    echo,
    { status: 401, body: 'who are you?' },
    { status: 302, headers: { location: '/elsewhere' } },
    ({ socket }) => void socket.destroy(),
  ];
  for (const script of scripts) {
    receiver.answerWith(script);
    await attemptOnce();
  }
  receiver.answerWith({ status: 200 });
}

/** Token servers that repeat the client's secret in their errors, and hand out tokens that no header can carry. */
async function ofTokenServers(attemptOnce: () => Promise<void>, clock: ManualClock): Promise<void> {
  const answers = [
    {
      statusCode: 400,
      body: {
        error: 'invalid_client',
        error_description: `the secret ${CLIENT_SECRET} is wrong`,
        client_secret: CLIENT_SECRET,
        assertion: PARAMETER,
      },
    },
    { statusCode: 200, body: { error: 'invalid_request', access_token: `${STATED_TOKEN}\r\nx: y`, token_type: 'Bearer' } },
    { statusCode: 500, body: { debug: { authorization: `Basic ${Buffer.from(`doo:${CLIENT_SECRET}`).toString('base64')}` } } },
    { statusCode: 200, body: { access_token: { nested: STATED_TOKEN }, token_type: 'Bearer' } },
  ];
  canaries.add(Buffer.from(`doo:${CLIENT_SECRET}`).toString('base64'));
  for (const answer of answers) {
    // Past every pause, and past the life of every token.
    clock.advance(2 * 3600 * 1000);
    tokens.answerWith(answer);
    await attemptOnce();
  }
  tokens.answerWith(null);
}

/** Calls that are wrong in every way in which a secret may come back: of the wrong type, too long, in the wrong place, in broken text. */
async function ofCallers(webhookId: string, key: string): Promise<void> {
  const update = 'mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { id } }';
  const secretIn = (clientSecret: unknown) => ({ id: webhookId, input: { authentication: { clientSecret } } });
  const parametersIn = (extraParameters: unknown) => ({ id: webhookId, input: { authentication: { extraParameters } } });
  const wrong = [
    secretIn(`${CLIENT_SECRET}${'x'.repeat(5000)}`),
    secretIn([CLIENT_SECRET]),
    secretIn({ secret: CLIENT_SECRET }),
    secretIn(`${CLIENT_SECRET}\0`),
    parametersIn([{ name: PARAMETER, value: `${PARAMETER}\0` }]),
    parametersIn([{ name: 'grant_type', value: PARAMETER }]),
    parametersIn({ assertion: PARAMETER }),
    parametersIn(PARAMETER),
    parametersIn([{ name: 'assertion', value: { of: PARAMETER } }]),
  ];
  const documents = [
    { name: 'x', description: '', hooks: [], authentication: { grant_type: 'client_credentials', client_secrett: CLIENT_SECRET } },
    { name: 'x', description: '', hooks: [{ client_secret: CLIENT_SECRET }] },
    { name: 'x', hooks: CLIENT_SECRET },
    CLIENT_SECRET,
    [CLIENT_SECRET],
  ];
  const bodies = [
    `{"query":"mutation { updateWebhook(id: \\"${webhookId}\\", input: { authentication: { clientSecret: ${CLIENT_SECRET} } }) { id } }"}`,
    `{"query":"mutation { updateWebhook(id: \\"x\\", input: { clientSecret: \\"${CLIENT_SECRET}\\" }) { id } }"}`,
    `{"query":"{ organization(id: 1", "secret": "${CLIENT_SECRET}"`,
    `{"query":"query ($s: Int!) { organizations(first: $s) { edges { cursor } } }","variables":{"s":"${CLIENT_SECRET}"}}`,
  ];
  for (const variables of wrong) said.push(JSON.stringify(await server.ask(update, variables)));
  for (const configuration of documents) {
    const call = 'mutation ($o: ID!, $c: JSON!) { importWebhook(organizationId: $o, configuration: $c) { id } }';
    said.push(JSON.stringify(await server.as(key).ask(call, { o: organizationId, c: configuration })));
  }
  for (const body of bodies) said.push((await post(server, body)).text);
  for (const authorization of [`Bearer ${key}x`, `Basic ${key}`, key])
    said.push((await post(server, '{"query":"{ __typename }"}', { authorization })).text);
  said.push(JSON.stringify(await server.ask(update, secretIn(NEW_CLIENT_SECRET))));
  for (const headerValueFormat of [HEADER_KEY, `%ACCESS_TOKEN%***${HEADER_KEY}`, [HEADER_KEY], `Key ${NEW_HEADER_KEY} %ACCESS_TOKEN%`]) {
    said.push(JSON.stringify(await server.ask(update, { id: webhookId, input: { version: 2, authentication: { headerValueFormat } } })));
  }
  const late = { id: webhookId, input: { version: 1, name: 'late' } };
  said.push(JSON.stringify(await server.ask(update, late)));
}

function findIn(text: string): string[] {
  return [...canaries].filter((canary) => text.includes(canary));
}

describe('secrets that went in', () => {
  it('were enough for the look to be worth it', () => {
    expect(tokens.issued.length).toBeGreaterThan(1);
    expect(canaries.size).toBeGreaterThan(8);
    expect(said.length).toBeGreaterThan(20);
    expect(said.join('\n')).toContain('AuthenticationFailed');
    expect(said.join('\n')).toContain('"code":"CONFLICT"');
    expect(said.join('\n')).toContain('"headerValueFormat":"Key ***%ACCESS_TOKEN%"');
    expect(said.join('\n')).toContain('Key ***%ACCESS_TOKEN% (changed)');
  });

  it('come back in no answer, no notice and no attempt', () => {
    expect(said.filter((text) => findIn(text).length > 0)).toEqual([]);
  });

  it('are in no line of the log', () => {
    expect(log.lines().length).toBeGreaterThan(10);
    expect(log.lines().filter((line) => findIn(JSON.stringify(line)).length > 0)).toEqual([]);
  });

  it('are nowhere in the database', async () => {
    const texts = onPostgres ? [await readAllText(databaseUrlOf(server.dataDir))] : await readFiles(server.dataDir);

    expect(texts.join('').includes('Acme Tickets')).toBe(true);
    expect(texts.flatMap(findIn)).toEqual([]);
  });

  it('would be found: the look finds what is shown once', () => {
    for (const secret of shownOnPurpose) expect(findIn(`"key":"${secret}"`)).toEqual([secret]);
  });
});

/** The bytes of the database's files, also of what was deleted there. */
async function readFiles(dataDir: string): Promise<string[]> {
  const names = (await readdir(dataDir)).filter((name) => name.startsWith('hookgraph.sqlite'));
  return Promise.all(names.map((name) => readFile(join(dataDir, name), 'latin1')));
}
