import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { countWebhooks, exampleWith, importDocument } from '../support/documents.js';
import { keepLog } from '../support/log.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { dropDatabaseOf } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { type Answer, startTestServer, type TestServer } from '../support/server.js';
import { startServerProcess } from '../support/server-process.js';
import { authenticationAt, startTokenServer } from '../support/token-server.js';
import { askForUpdate, askForWebhook, authenticationInput, hookInput, hooksOf, readWebhook } from '../support/webhooks.js';

/** A webhook with a hook and an authentication, made before anything is tried. */
interface Made {
  server: TestServer;
  organizationId: string;
  webhook: any;
}

/** Every way by which a URL that requests go to comes in, and where its faults are told. */
const waysIn: Array<[way: string, path: string, give: (made: Made, url: string) => Promise<Answer>]> = [
  [
    'a new hook',
    'input.hooks[0].endpoint',
    ({ server, organizationId }, url) => askForWebhook(server, organizationId, { hooks: [{ ...hookInput(), endpoint: url }] }),
  ],
  [
    'a new authentication',
    'input.authentication.endpoint',
    ({ server, organizationId }, url) =>
      askForWebhook(server, organizationId, { authentication: { ...authenticationInput, endpoint: url } }),
  ],
  [
    'an updated hook',
    'input.hooks[0].endpoint',
    ({ server, webhook }, url) => askForUpdate(server, webhook.id, { hooks: [{ id: hooksOf(webhook)[0].id, endpoint: url }] }),
  ],
  [
    'an added hook',
    'input.hooks[1].endpoint',
    ({ server, webhook }, url) =>
      askForUpdate(server, webhook.id, { hooks: [{ id: hooksOf(webhook)[0].id }, { ...hookInput(), endpoint: url }] }),
  ],
  [
    'an updated authentication',
    'input.authentication.endpoint',
    ({ server, webhook }, url) => askForUpdate(server, webhook.id, { authentication: { endpoint: url } }),
  ],
  ['a hook of a document', 'hooks[0].endpoint', (made, url) => importWith(made, (document) => (document.hooks[0].endpoint = url))],
  [
    'the authentication of a document',
    'authentication.endpoint',
    (made, url) => importWith(made, (document) => (document.authentication.endpoint = url)),
  ],
];

function importWith({ server, organizationId }: Made, change: (document: any) => void): Promise<Answer> {
  return importDocument(server, organizationId, exampleWith(change));
}

/** One of each kind; all spellings are in the tests of the rules themselves. */
const refused: Array<[kind: string, url: string, expected: string]> = [
  ['another scheme', 'ftp://example.com/', 'an http or https URL'],
  ['a socket of the file system', 'unix:/var/run/docker.sock', 'an http or https URL'],
  ['a port that is none', 'https://example.com:65536/', 'an http or https URL'],
  ['port 0', 'https://example.com:0/', 'a URL with a port from 1 to 65535'],
  ['a port of another protocol', 'https://example.com:25/', 'a URL with a port from 1 to 65535'],
  ['a user name', 'https://user:pw@example.com/', 'a URL without a user name or password'],
  ['an empty user name', 'https://@example.com/', 'a URL without a user name or password'],
  ['an empty password', 'https:\\\\:@example.com/', 'a URL without a user name or password'],
  ['a tab', 'https://exam\tple.com/', 'a URL without spaces or control characters'],
  ['a C1 control character', 'https://example.com/\u0085', 'a URL without spaces or control characters'],
  ['2,049 characters', `https://example.com/${'a'.repeat(2029)}`, 'a URL of at most 2048 characters'],
  ['a zone', 'http://[fe80::1%25eth0]/', 'an http or https URL'],
  ['a private address', 'http://10.0.0.1/', 'a public address'],
  ['this machine by its name', 'http://localhost:3000/', 'a public address'],
  ['a number', 'http://2130706433/', 'a public address'],
  ['digits of another width', 'http://１２７.0.0.1/', 'a public address'],
  ['escapes', 'http://%31%32%37.0.0.1/', 'a public address'],
  ['an IPv4 address in IPv6', 'http://[::ffff:127.0.0.1]/', 'a public address'],
  ['a metadata address', 'http://169.254.169.254/latest/meta-data', 'a public address'],
];

const taken = [
  'https://example.com/hooks?a=1#part',
  'http://example.com:8080/',
  'https://example.com:65535/',
  'https://example.com/user@host',
  'https://example.com/?to=user@host',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]:8443/',
  `https://example.com/${'a'.repeat(2028)}`,
];

describe('a URL', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ config: { dangerouslyAllowedAddresses: [] } });
  });

  afterAll(() => server[Symbol.asyncDispose]());

  async function make(): Promise<Made> {
    const organizationId = await makeOrganization(server);
    const { data } = await askForWebhook(server, organizationId, { hooks: [hookInput()] });
    return { server, organizationId, webhook: data!.createWebhook };
  }

  it.each(waysIn)('of %s is refused by the same rules, and nothing is changed', async (_way, path, give) => {
    const made = await make();
    const told = new Set<string>();

    for (const [kind, url, expected] of refused) {
      const { errors } = await give(made, url);

      const { code, faults } = errors![0]!.extensions;
      expect([code, faults], kind).toEqual(['BAD_USER_INPUT', [expect.objectContaining({ path })]]);
      expect(faults![0]!.expected, kind).toContain(expected);
      if (expected === 'a public address') told.add(faults![0]!.expected);
    }

    // One text for every refused address, so that nobody scans a network by it.
    expect(told.size).toBe(1);
    expect(await readWebhook(server, made.webhook.id)).toEqual(made.webhook);
    expect(await countWebhooks(server, made.organizationId)).toBe(1);
  });

  it.each(waysIn)('of %s that is right is taken as it is', async (_way, _path, give) => {
    const made = await make();

    for (const url of taken) {
      const { data, errors } = await give(made, url);

      expect(errors, url).toBeUndefined();
      expect(JSON.stringify(data)).toContain(JSON.stringify(url));
    }
  });
});

describe('where https alone is allowed', () => {
  it.each(waysIn)('the URL of %s must be https', async (_way, path, give) => {
    await using server = await startTestServer({ config: { isHttpsOnly: true } });
    const organizationId = await makeOrganization(server);
    const { data } = await askForWebhook(server, organizationId, { hooks: [hookInput()] });
    const made = { server, organizationId, webhook: data!.createWebhook };

    const { errors } = await give(made, 'http://example.com/');
    const secure = await give(made, 'https://example.com/');

    expect(errors![0]!.extensions.faults).toMatchObject([{ path, expected: 'an https URL such as https://example.com/webhooks' }]);
    expect(secure.errors).toBeUndefined();
  });
});

describe('a hook that the rules of today would refuse', () => {
  it('gets nothing once https alone is allowed, and is told so with the text of every refused address', async () => {
    const before = await startTestServer();
    await using receiver = await startReceiver();
    await using tokens = await startTokenServer();
    const organizationId = await makeOrganization(before);
    await makeWebhook(before, { organizationId, endpoint: receiver.url });
    await makeWebhook(before, { organizationId, endpoint: 'https://127.0.0.1:1111/', authentication: authenticationAt(tokens) });
    await before.stop();
    await using server = await startTestServer({ config: { dataDir: before.dataDir, isHttpsOnly: true } });
    onTestFinished(() => before[Symbol.asyncDispose]());

    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);

    const outcomes = (await attempts.take(2)).map(({ deliveryAttempts }: any) => deliveryAttempts.attempt.outcome);
    expect(outcomes).toContainEqual({ __typename: 'AddressRefused', message: 'The address of this endpoint is not allowed.' });
    expect(outcomes).toContainEqual({
      __typename: 'AuthenticationFailed',
      message: 'The address of the token endpoint is not allowed.',
      notBefore: expect.any(String) as string,
    });
    expect(receiver.connectionCount).toBe(0);
    expect(tokens.requestCount).toBe(0);
  });

  it('gets nothing once its network is not allowed any more, a test event included', async () => {
    const before = await startTestServer();
    await using receiver = await startReceiver();
    const organizationId = await makeOrganization(before);
    const { hookIds } = await makeWebhook(before, { organizationId, endpoint: receiver.url });
    await before.stop();
    await using server = await startTestServer({ config: { dataDir: before.dataDir, dangerouslyAllowedAddresses: [] } });
    onTestFinished(() => before[Symbol.asyncDispose]());

    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await server.gql('mutation ($id: ID!) { sendTestEvent(hookId: $id) { id } }', { id: hookIds.order_created });

    const { attempt } = (await attempts.next()).deliveryAttempts;
    expect(attempt.outcome).toEqual({ __typename: 'AddressRefused', message: 'The address of this endpoint is not allowed.' });
    expect(receiver.connectionCount).toBe(0);
  });
});

it('ranges that are open say so in the log at each start', async () => {
  const open = keepLog();
  const closed = keepLog();

  for (const server of [
    await startTestServer({ log: open.log }),
    await startTestServer({ log: closed.log, config: { dangerouslyAllowedAddresses: [] } }),
  ]) {
    await server[Symbol.asyncDispose]();
  }

  expect(open.lines()).toContainEqual(
    expect.objectContaining({ level: 40, msg: 'addresses.dangerously_allowed', ranges: ['127.0.0.0/8', '::1/128'] }),
  );
  expect(closed.text()).not.toContain('dangerously');
});

it('a proxy that the environment names is asked neither for deliveries nor for tokens', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  onTestFinished(async () => {
    await dropDatabaseOf(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });
  await using proxy = await startReceiver();
  await using receiver = await startReceiver();
  await using tokens = await startTokenServer();
  const names = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  await using server = await startServerProcess(dataDir, {
    NODE_USE_ENV_PROXY: '1',
    ...Object.fromEntries(names.map((name) => [name, proxy.url])),
  });
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url, authentication: authenticationAt(tokens) });

  await publish(server, organizationId);
  await receiver.requests(1);

  expect(tokens.issued).toHaveLength(1);
  expect(proxy.connectionCount).toBe(0);
});
