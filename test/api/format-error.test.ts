import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginOtherWrite } from '../support/database.js';
import { dropTable, NO_TABLE } from '../support/fault.js';
import { keepLog } from '../support/log.js';
import { makeOrganization, publish } from '../support/platform.js';
import { onPostgres } from '../support/postgres.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForWebhook, authenticationInput } from '../support/webhooks.js';

const MASKED = /^Something went wrong on the server's side\. It is in the log as ([0-9a-f-]{36})\.$/;

describe('a fault of the server', () => {
  it('is masked for the caller and logged with its cause', async () => {
    const { log, lines } = keepLog();
    await using server = await startTestServer({ log });
    await dropTable(server, 'organizations');

    const answer = await server.ask('{ organizations { edges { cursor } } }');

    const [error] = answer.errors!;
    expect(error).toMatchObject({ path: ['organizations'], extensions: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(Object.keys(error!.extensions)).toEqual(['code', 'requestId']);
    expect(JSON.stringify(answer)).not.toMatch(/no such table|does not exist|relation|sqlite|postgres|select|node_modules|at /i);
    const requestId = MASKED.exec(error!.message)![1];
    expect(error!.extensions).toMatchObject({ requestId });
    const logged = lines().find(({ msg }) => msg === 'request.broken');
    expect(logged).toMatchObject({
      requestId,
      path: ['organizations'],
      err: { message: expect.stringContaining(NO_TABLE) as string },
    });
  });

  it('has the id of its request, whatever broke of it, and another one the next time', async () => {
    const { log, lines } = keepLog();
    await using server = await startTestServer({ log });
    await dropTable(server, 'organizations');
    const query = '{ a: organizations { edges { cursor } } b: organizations { edges { cursor } } }';

    const answers = [await server.ask(query), await server.ask(query)];

    const ids = answers.map(({ errors }) => errors!.map(({ extensions }) => (extensions as { requestId?: string }).requestId));
    expect(ids.map((ofOne) => new Set(ofOne).size)).toEqual([1, 1]);
    expect(new Set(ids.flat()).size).toBe(2);
    expect(
      lines()
        .filter(({ msg }) => msg === 'request.broken')
        .map(({ requestId }) => requestId),
    ).toEqual(ids.flat());
  });

  it('is masked over the socket too', async () => {
    const { log, lines } = keepLog();
    await using server = await startTestServer({ log });
    await dropTable(server, 'events');

    const notices = await server.subscribe('subscription { eventProgress(eventId: "019b796d-0000-7000-8000-000000000000") { cursor } }');

    const failure = await notices.next().catch((error: Error) => error.message);
    expect(failure).toContain('INTERNAL_SERVER_ERROR');
    const { requestId } = JSON.parse(failure)[0].extensions;
    expect(failure).not.toMatch(/no such table|does not exist|relation|sqlite|postgres|node_modules/i);
    expect(lines().find(({ msg }) => msg === 'request.broken')).toMatchObject({
      requestId,
      err: { message: expect.stringContaining(NO_TABLE) as string },
    });
  });

  it('leaves the server up, and what is not broken works on', async () => {
    await using server = await startTestServer();
    const organizationId = await makeOrganization(server);
    await dropTable(server, 'authentications');
    await askForWebhook(server, organizationId);

    expect(await publish(server, organizationId)).toBeTypeOf('string');
  });

  it('saves nothing by half', async () => {
    await using server = await startTestServer();
    const organizationId = await makeOrganization(server);
    await dropTable(server, 'authentications');

    const { errors } = await askForWebhook(server, organizationId);

    expect(errors![0]!.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { webhooks { edges { cursor } } } }', {
      id: organizationId,
    });
    expect(organization.webhooks.edges).toEqual([]);
  });

  it('puts no secret into the answer, and none into the log', async () => {
    const { log, text } = keepLog();
    await using server = await startTestServer({ log });
    const organizationId = await makeOrganization(server);
    await dropTable(server, 'authentications');

    const answer = await askForWebhook(server, organizationId, {
      authentication: { ...authenticationInput, clientSecret: 'canary-secret' },
    });

    expect(answer.errors![0]!.message).toMatch(MASKED);
    expect(JSON.stringify(answer)).not.toContain('canary-secret');
    expect(text()).toContain('request.broken');
    expect(text()).not.toContain('canary-secret');
  });
});

// The lock is SQLite's: on PostgreSQL others write at the same time.
describe.skipIf(onPostgres)('a write that the storage refuses', () => {
  it('is told by a code of its own, and its cause stays in the log, once for all callers', async () => {
    const { log, lines } = keepLog();
    await using server = await startTestServer({ log });
    const organizationId = await makeOrganization(server);
    using other = beginOtherWrite(server);

    const answers = [await askForWebhook(server, organizationId), await askForWebhook(server, organizationId)];
    other.commit();

    for (const { errors } of answers) {
      expect(errors).toEqual([
        {
          message: 'The database cannot be written at the moment (locked by another program). Nothing was changed; try again.',
          locations: [expect.anything()],
          path: ['createWebhook'],
          extensions: { code: 'UNAVAILABLE' },
        },
      ]);
    }
    expect(lines().filter(({ level }) => level >= 50)).toMatchObject([{ msg: 'database.failing', err: { code: 'SQLITE_BUSY' } }]);
  });
});

describe('a value of the wrong type', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server[Symbol.asyncDispose]());

  describe('in a variable', () => {
    const canary = 'canary; at "x"; Argument';
    const input = { organizationId: 'x', name: 'x', hooks: [] };

    // What is sent as the input, and the whole message.
    const cases: Array<[string, unknown, string]> = [
      [
        'a list for the secret',
        { ...input, authentication: { ...authenticationInput, clientSecret: [canary] } },
        'Variable "$input" got invalid value at "input.authentication.clientSecret"; String cannot represent a non string value.',
      ],
      [
        'an object for the secret',
        { ...input, authentication: { ...authenticationInput, clientSecret: { [canary]: canary } } },
        'Variable "$input" got invalid value at "input.authentication.clientSecret"; String cannot represent a non string value.',
      ],
      [
        'null for the secret',
        { ...input, authentication: { ...authenticationInput, clientSecret: null } },
        'Variable "$input" got invalid value at "input.authentication.clientSecret"; Expected non-nullable type "String!" not to be null.',
      ],
      [
        'text for the authentication',
        { ...input, authentication: canary },
        'Variable "$input" got invalid value at "input.authentication"; Expected type "AuthenticationInput" to be an object.',
      ],
      ['text for everything', canary, 'Variable "$input" got invalid value; Expected type "CreateWebhookInput" to be an object.'],
      [
        'a field too few beside the secret',
        { ...input, authentication: { ...authenticationInput, clientSecret: canary, headerFormat: undefined } },
        'Variable "$input" got invalid value at "input.authentication"; Field "headerFormat" of required type "String!" was not provided.',
      ],
      [
        'a field too many beside the secret',
        { ...input, colour: 1, authentication: { ...authenticationInput, clientSecret: canary } },
        'Variable "$input" got invalid value; Field "colour" is not defined by type "CreateWebhookInput".',
      ],
      [
        'a number for a method',
        { ...input, hooks: [{ type: 'a', method: 5, endpoint: 'x' }] },
        'Variable "$input" got invalid value at "input.hooks[0].method"; Enum "HttpMethod" cannot represent non-string value. Expected one of POST, PUT, PATCH.',
      ],
    ];

    it.each(cases)('is told by its place and not by its value: %s', async (_, value, message) => {
      const answer = await server.ask('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }', { input: value });

      expect(answer.errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(JSON.stringify(answer)).not.toContain('canary');
    });
  });

  describe('in the query', () => {
    it.each([
      ['a number', 'authentication: { clientSecret: 31415926 }', '31415926'],
      ['a list', 'authentication: { clientSecret: ["canary"] }', 'canary'],
      ['a bare word', 'authentication: { clientSecret: canary }', 'canary'],
      ['text for the authentication', 'authentication: "canary; x"', 'canary'],
    ])('is not repeated: %s', async (_, literal, secret) => {
      const answer = await server.ask(
        `mutation { createWebhook(input: { organizationId: "x", name: "x", hooks: [], ${literal} }) { id } }`,
      );

      expect(answer.errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(JSON.stringify(answer)).not.toContain(secret);
    });

    it('is not repeated when a variable beside it is wrong', async () => {
      const authentication = `{ grantType: CLIENT_CREDENTIALS, endpoint: "x", clientId: "x", clientSecret: "canary", headerFormat: "x", headerValueFormat: "x" }`;

      const answer = await server.ask(
        `mutation ($name: String = "x") { createWebhook(input: { organizationId: "x", name: $name, hooks: [], authentication: ${authentication} }) { id } }`,
        { name: null },
      );

      expect(answer.errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(JSON.stringify(answer)).not.toContain('canary');
    });
  });
});
