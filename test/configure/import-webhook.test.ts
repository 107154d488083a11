import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countWebhooks, EXAMPLE_SECRET, exampleWith, importDocument } from '../support/documents.js';
import { exampleDocument, makeOrganization } from '../support/platform.js';
import { startTestServer, type TestServer } from '../support/server.js';

const UNKNOWN_ID = '019b796d-0000-7000-8000-000000000000';

let server: TestServer;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer({ config: { dangerouslyAllowedAddresses: [] } });
});

beforeAll(async () => {
  organizationId = await makeOrganization(server);
});

afterAll(() => server[Symbol.asyncDispose]());

async function imported(configuration: unknown, organization: string | null = organizationId): Promise<any> {
  const { data, errors } = await importDocument(server, organization, configuration);
  expect(errors).toBeUndefined();
  return data!.importWebhook;
}

async function refused(configuration: unknown, organization: string | null = organizationId) {
  const { errors } = await importDocument(server, organization, configuration);
  return errors![0]!;
}

describe('the example document', () => {
  it('goes in exactly as it is', async () => {
    const webhook = await imported(exampleDocument);

    expect(webhook).toMatchObject({
      name: 'My Test Webhook',
      description: 'Webhook for testing all the hook types',
      organization: { id: organizationId },
      signingSecret: expect.stringMatching(/^whsec_/) as string,
      authentication: {
        grantType: 'CLIENT_CREDENTIALS',
        endpoint: 'https://requestb.in/123',
        clientId: 'doo',
        clientAuthentication: 'BASIC',
        scope: null,
        audience: null,
        headerFormat: 'Authorization',
        headerValueFormat: 'Bearer %ACCESS_TOKEN%',
        version: 1,
      },
    });
    expect(webhook.hooks.edges.map(({ node }: any) => node)).toEqual(
      exampleDocument.hooks.map((hook: object) => ({ ...hook, id: expect.any(String) as string, status: 'ACTIVE' })),
    );
  });

  it('goes in with the organization named inside, as its structure has it', async () => {
    const { name, description, hooks, authentication } = exampleDocument;

    const webhook = await imported({ name, description, organizationId, hooks, authentication }, null);

    expect(webhook.organization.id).toBe(organizationId);
  });

  it('comes out again, key for key and in the same order, with the secret masked', async () => {
    const { configuration } = await imported(exampleDocument);

    const text = readFileSync('examples/webhook.example.json', 'utf8');
    expect(`${JSON.stringify(configuration, null, 2)}\n`).toBe(`${text.replace(EXAMPLE_SECRET, '********').trimEnd()}\n`);
  });

  it('makes an equal webhook when it is exported, given its secret and imported again', async () => {
    const { id, signingSecret, ...first } = await imported(exampleDocument);
    const document = first.configuration;
    document.authentication.credentials.client_secret = EXAMPLE_SECRET;

    const { id: secondId, signingSecret: secondSecret, ...second } = await imported(document);

    expect(second).toEqual({ ...first, configuration: expect.anything() as object, hooks: expect.anything() as object });
    expect(second.configuration.hooks).toEqual(first.configuration.hooks);
    expect(secondId).not.toBe(id);
    expect(secondSecret).not.toBe(signingSecret);
  });

  it('is refused with the mask still in it', async () => {
    const { configuration } = await imported(exampleDocument);

    const { extensions } = await refused(configuration);

    expect(extensions.faults).toEqual([
      {
        path: 'authentication.credentials.client_secret',
        received: 'a string',
        expected: 'the secret itself: this is the mask that stands for it in an exported document',
      },
    ]);
  });

  it.each([
    ['Bearer %ACCESS_TOKEN% x-api-key=SECRET', 'Bearer %ACCESS_TOKEN%***'],
    ['Token token=%ACCESS_TOKEN%, key=abc123', 'Token ***%ACCESS_TOKEN%***'],
    ['Bearer %ACCESS_TOKEN%', 'Bearer %ACCESS_TOKEN%'],
  ])('comes out with what %j has beside the token and its scheme masked, and is refused with that mask', async (format, shown) => {
    const document = exampleWith(({ authentication }) => (authentication.header_value_format = format));

    const { configuration, authentication } = await imported(document);

    expect(configuration.authentication.header_value_format).toBe(shown);
    expect(authentication.headerValueFormat).toBe(shown);
    configuration.authentication.credentials.client_secret = EXAMPLE_SECRET;
    if (shown === format) await imported(configuration);
    else {
      const { extensions } = await refused(configuration);
      expect(extensions.faults).toEqual([
        {
          path: 'authentication.header_value_format',
          received: 'a string',
          expected: 'the value itself: *** is the mask that stands for a secret in an exported document',
        },
      ]);
    }
  });

  it('goes in without an authentication when that is null', async () => {
    const webhook = await imported(exampleWith((document) => (document.authentication = null)));

    expect(webhook.authentication).toBeNull();
    expect(webhook.configuration.authentication).toBeNull();
  });

  it('keeps the three keys that are there only where they say something', async () => {
    const document = exampleWith(({ authentication }) => {
      Object.assign(authentication, { scope: 'hooks', audience: 'https://api.example.com', client_authentication: 'body' });
    });

    const webhook = await imported(document);

    expect(webhook.authentication).toMatchObject({ scope: 'hooks', audience: 'https://api.example.com', clientAuthentication: 'BODY' });
    expect(webhook.configuration.authentication).toMatchObject({
      scope: 'hooks',
      audience: 'https://api.example.com',
      client_authentication: 'body',
    });
  });
});

describe('the organization of a document', () => {
  it('must be named', async () => {
    const { extensions } = await refused(exampleDocument, null);

    expect(extensions.faults).toEqual([
      { path: 'organizationId', received: 'nothing', expected: 'the id of an organization, beside the document or in it' },
    ]);
  });

  it.each([null, 5, {}])('is told of once when it is %j', async (value) => {
    const { extensions } = await refused({ ...exampleDocument, organizationId: value }, null);

    expect(extensions.faults).toHaveLength(1);
    expect(extensions.faults![0]).toMatchObject({ path: 'organizationId', received: expect.not.stringContaining('nothing') as string });
  });

  it('must be the same beside the document and in it', async () => {
    const other = await makeOrganization(server);

    const { extensions } = await refused({ ...exampleDocument, organizationId: other });

    expect(extensions.faults).toMatchObject([{ path: 'organizationId', received: JSON.stringify(other) }]);
  });

  it('must exist', async () => {
    const { extensions, message } = await refused(exampleDocument, UNKNOWN_ID);

    expect(extensions.code).toBe('NOT_FOUND');
    expect(message).toBe(`There is no organization with the id "${UNKNOWN_ID}".`);
  });

  describe('hides no other fault', () => {
    const [hook] = exampleDocument.hooks;
    const faulty = { ...exampleDocument, name: '', hooks: [hook, { ...hook, method: 'FETCH' }, hook] };
    const otherPaths = ['hooks[1].method', 'hooks[2]', 'name'];
    const pathsOf = (faults: readonly { path: string }[]) => faults.map(({ path }) => path).toSorted();

    it('where there is none with its id', async () => {
      const { extensions } = await refused(faulty, UNKNOWN_ID);

      expect(extensions.code).toBe('BAD_USER_INPUT');
      expect(pathsOf(extensions.faults!)).toEqual([...otherPaths, 'organizationId']);
      expect(extensions.faults![0]).toEqual({
        path: 'organizationId',
        received: JSON.stringify(UNKNOWN_ID),
        expected: 'the id of an organization that there is',
      });
    });

    it('where the call names another one', async () => {
      const { extensions } = await refused({ ...faulty, organizationId: UNKNOWN_ID });

      expect(pathsOf(extensions.faults!)).toEqual([...otherPaths, 'organizationId']);
    });

    it('where it is in GraphQL input', async () => {
      const input = { organizationId: UNKNOWN_ID, name: '', description: '', hooks: [], authentication: null };

      const { errors } = await server.ask('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }', { input });

      expect(pathsOf(errors![0]!.extensions.faults as { path: string }[])).toEqual(['input.name', 'input.organizationId']);
    });
  });
});

type Change = (document: any) => void;

const LONG_URL = `https://example.com/${'a'.repeat(2030)}`;
const hugeList = (length: number) =>
  Array.from({ length }, () => ({ type: 'order_created', method: 'POST', endpoint: 'https://a.example' }));

// What is changed in the example, the path of the one fault, what came, and what is expected.
const faultyDocuments: Array<[string, Change, string, string, string]> = [
  ['an unknown key', (d) => (d.colour = 'red'), 'colour', 'a string', 'no such key'],
  ['an unknown key of a hook', (d) => (d.hooks[3].url = 'x'), 'hooks[3].url', 'a string', 'no such key'],
  ['an unknown key of the authentication', (d) => (d.authentication.x = [1]), 'authentication.x', 'a list', 'no such key'],
  ['an unknown credential', (d) => (d.authentication.credentials.x = 1), 'authentication.credentials.x', 'a number', 'no such key'],
  [
    'a key named __proto__',
    (d) => Object.defineProperty(d, '__proto__', { value: {}, enumerable: true }),
    '__proto__',
    'an object',
    'no such key',
  ],
  ['a very long unknown key', (d) => (d['k'.repeat(5000)] = 1), `${'k'.repeat(80)}…`, 'a number', 'no such key'],
  [
    'an unknown event type',
    (d) => (d.hooks[3].type = 'nope'),
    'hooks[3].type',
    '"nope"',
    "the name of an event type in the organization's catalog (registerEventType adds one)",
  ],
  [
    'a malformed event type',
    (d) => (d.hooks[3].type = 'a b'),
    'hooks[3].type',
    '"a b"',
    'a name of at most 128 letters, digits, dots, dashes and underscores',
  ],
  [
    'a hook twice',
    (d) => d.hooks.push(d.hooks[2]),
    'hooks[7]',
    '{"type":"event_updated","method":"POST","endpoint":"https://requestb.in/123"}',
    'a hook that does not stand at hooks[2] already',
  ],
  ['a method in lower case', (d) => (d.hooks[3].method = 'post'), 'hooks[3].method', '"post"', 'one of "POST", "PUT", "PATCH"'],
  ['a method that has no body', (d) => (d.hooks[3].method = 'GET'), 'hooks[3].method', '"GET"', 'one of "POST", "PUT", "PATCH"'],
  ['a hook that is null', (d) => (d.hooks[3] = null), 'hooks[3]', 'null', 'an object'],
  ['a hook that is a list', (d) => (d.hooks[3] = []), 'hooks[3]', 'a list', 'an object'],
  ['hooks that are an object', (d) => (d.hooks = { 0: d.hooks[0] }), 'hooks', 'an object', 'a list'],
  ['hooks that are text', (d) => (d.hooks = 'order_created'), 'hooks', 'a string', 'a list'],
  ['too many hooks', (d) => (d.hooks = hugeList(1001)), 'hooks', 'a list of 1001', 'at most 1000 hooks'],
  [
    'a hundred thousand wrong hooks',
    (d) => (d.hooks = Array.from({ length: 100_000 }, () => 0)),
    'hooks',
    'a list of 100000',
    'at most 1000 hooks',
  ],
  ['an empty name', (d) => (d.name = ''), 'name', '""', 'a text of 1 to 200 characters'],
  ['a long name', (d) => (d.name = 'n'.repeat(201)), 'name', `"${'n'.repeat(79)}…`, 'a text of 1 to 200 characters'],
  ['a name with half an emoji', (d) => (d.name = 'a\ud800'), 'name', '"a\\ud800"', 'a text without NUL characters and lone surrogates'],
  ['a name with a NUL', (d) => (d.name = 'a\0'), 'name', '"a\\u0000"', 'a text without NUL characters and lone surrogates'],
  [
    'a long description',
    (d) => (d.description = 'n'.repeat(2001)),
    'description',
    `"${'n'.repeat(79)}…`,
    'a text of at most 2000 characters',
  ],
  [
    'another grant type',
    (d) => (d.authentication.grant_type = 'password'),
    'authentication.grant_type',
    '"password"',
    '"client_credentials"',
  ],
  [
    'a grant type in capitals',
    (d) => (d.authentication.grant_type = 'CLIENT_CREDENTIALS'),
    'authentication.grant_type',
    '"CLIENT_CREDENTIALS"',
    '"client_credentials"',
  ],
  [
    'an empty client id',
    (d) => (d.authentication.credentials.client_id = ''),
    'authentication.credentials.client_id',
    '""',
    'a text of 1 to 1024 characters',
  ],
  [
    'an empty secret',
    (d) => (d.authentication.credentials.client_secret = ''),
    'authentication.credentials.client_secret',
    'an empty string',
    'a secret of 1 to 4096 characters',
  ],
  [
    'a long secret',
    (d) => (d.authentication.credentials.client_secret = 's'.repeat(4097)),
    'authentication.credentials.client_secret',
    'a string',
    'a secret of 1 to 4096 characters',
  ],
  [
    'a value format without its placeholder',
    (d) => (d.authentication.header_value_format = 'Bearer abc'),
    'authentication.header_value_format',
    'a string',
    'a value with %ACCESS_TOKEN% where the token goes, such as Bearer %ACCESS_TOKEN%',
  ],
  [
    'a value format with the placeholder in lower case',
    (d) => (d.authentication.header_value_format = 'Bearer %access_token%'),
    'authentication.header_value_format',
    'a string',
    'a value with %ACCESS_TOKEN% where the token goes, such as Bearer %ACCESS_TOKEN%',
  ],
  [
    'a value format that splits the header',
    (d) => (d.authentication.header_value_format = '%ACCESS_TOKEN%\r\nX-Evil: 1'),
    'authentication.header_value_format',
    'a string',
    'at most 1024 visible ASCII characters, without spaces at the ends',
  ],
  [
    'a value format with a space at its end',
    (d) => (d.authentication.header_value_format = '%ACCESS_TOKEN% '),
    'authentication.header_value_format',
    'a string',
    'at most 1024 visible ASCII characters, without spaces at the ends',
  ],
  [
    'another client authentication',
    (d) => (d.authentication.client_authentication = 'jwt'),
    'authentication.client_authentication',
    '"jwt"',
    'one of "basic", "body"',
  ],
  ['an empty scope', (d) => (d.authentication.scope = ''), 'authentication.scope', '""', 'a text of 1 to 1024 characters'],
];

describe('a document with one fault', () => {
  it.each(faultyDocuments)('is refused with %s', async (_, change, path, received, expected) => {
    const { extensions, message } = await refused(exampleWith(change));

    expect(extensions).toEqual({ code: 'BAD_USER_INPUT', faults: [{ path, received, expected }] });
    expect(message).toBe(`${path}: expected ${expected}, received ${received}`);
  });

  it('is taken without that fault', async () => {
    const { errors } = await importDocument(server, await makeOrganization(server), exampleDocument);

    expect(errors).toBeUndefined();
  });

  it.each([
    ['text', JSON.stringify(exampleDocument), 'a string'],
    ['a list', [exampleDocument], 'a list'],
    ['a number', 5, 'a number'],
    ['a boolean', true, 'a boolean'],
  ])('is no object but %s', async (_, document, received) => {
    const { extensions } = await refused(document);

    expect(extensions.faults).toEqual([{ path: '', received, expected: 'an object' }]);
  });

  it('is null', async () => {
    const { extensions } = await refused(null);

    expect(extensions.code).toBe('BAD_USER_INPUT');
  });
});

const places: Array<[string, (document: any) => any, string]> = [
  ['', (d) => d, 'name'],
  ['', (d) => d, 'description'],
  ['', (d) => d, 'hooks'],
  ['', (d) => d, 'authentication'],
  ['hooks[3].', (d) => d.hooks[3], 'type'],
  ['hooks[3].', (d) => d.hooks[3], 'method'],
  ['hooks[3].', (d) => d.hooks[3], 'endpoint'],
  ['authentication.', (d) => d.authentication, 'grant_type'],
  ['authentication.', (d) => d.authentication, 'endpoint'],
  ['authentication.', (d) => d.authentication, 'credentials'],
  ['authentication.', (d) => d.authentication, 'header_format'],
  ['authentication.', (d) => d.authentication, 'header_value_format'],
  ['authentication.credentials.', (d) => d.authentication.credentials, 'client_id'],
  ['authentication.credentials.', (d) => d.authentication.credentials, 'client_secret'],
];

describe('every field of a document', () => {
  it.each(places.map(([prefix, holderOf, key]) => [prefix + key, holderOf, key] as const))(
    'must be there: %s',
    async (path, holderOf, key) => {
      const { extensions } = await refused(exampleWith((document) => delete holderOf(document)[key]));

      expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', faults: [{ path, received: 'nothing' }] });
    },
  );

  it.each(places.map(([prefix, holderOf, key]) => [prefix + key, holderOf, key] as const))(
    'must be of its type: %s',
    async (path, holderOf, key) => {
      const isList = path === 'hooks';
      const isObject = path === 'authentication' || path === 'authentication.credentials';
      const others = [
        ...(path === 'authentication' ? [] : [null]),
        5,
        true,
        ...(isList ? [] : [['x']]),
        ...(isObject ? ['x'] : [{ x: 1 }]),
      ];

      for (const value of others) {
        const { extensions } = await refused(exampleWith((document) => (holderOf(document)[key] = value)));

        expect(extensions.code).toBe('BAD_USER_INPUT');
        expect(extensions.faults!.map((fault) => fault.path)).toContain(path);
      }
    },
  );
});

// What is expected, and URLs that are none of it.
const badUrls: Array<[string, string[]]> = [
  [
    'an http or https URL',
    [
      '',
      'x',
      '//example.com',
      'ftp://example.com',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'unix:/tmp/s',
      'http://',
      'https://exa%00mple.com',
      'https://example.com:65536',
      'https://[::1',
      'https:',
    ],
  ],
  ['a URL without a user name or password', ['https://user@example.com', 'https://:pw@example.com', 'https://user:pw@example.com']],
  [
    'a URL without spaces or control characters',
    [' https://example.com', 'https://example.com/ a', 'https://example.com/\n', 'https://exa\tmple.com', 'https://example.com\u007f'],
  ],
  ['a URL with a port from 1 to 65535', ['https://example.com:0', 'https://example.com:00000']],
  ['a URL of at most 2048 characters', [LONG_URL]],
  ['a text without NUL characters and lone surrogates', ['https://example.com/\ud800', 'https://example.com/\0']],
  [
    'a public address',
    [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '0x7f000001',
      '0177.0.0.1',
      '017700000001',
      '127.0.0.1.',
      '①②⑦.0.0.1',
      '0',
      '0.0.0.0',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '168.63.129.16',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[fe80::1]',
      '[fd00::1]',
      '[2002:7f00:1::]',
      '[fd00:ec2::254]',
    ].flatMap((host) => [`http://${host}/`, `https://${host}:8443`]),
  ],
];

describe.each([
  ['hooks[3].endpoint', (document: any, url: string) => (document.hooks[3].endpoint = url)],
  ['authentication.endpoint', (document: any, url: string) => (document.authentication.endpoint = url)],
])('the URL at %s', (path, setUrl) => {
  it.each(badUrls)('must be %s', async (expected, urls) => {
    for (const url of urls) {
      const { extensions } = await refused(exampleWith((document) => setUrl(document, url)));

      expect(extensions.faults, url).toMatchObject([{ path, expected: expect.stringContaining(expected) as string }]);
    }
  });

  it('may be anything else of http and https', async () => {
    const urls = [
      'http://example.com',
      'https://example.com:65535/a?b=c#d',
      'HTTPS://EXAMPLE.COM',
      'https://bücher.example',
      'https://8.8.8.8',
      'https://[2606:4700::1111]/',
      LONG_URL.slice(0, 2048),
    ];
    for (const url of urls) {
      const webhook = await imported(exampleWith((document) => setUrl(document, url)));

      expect(JSON.stringify(webhook.configuration)).toContain(JSON.stringify(url));
    }
  });
});

it('tells the same of every forbidden address', async () => {
  const hosts = ['127.0.0.1', '10.1.2.3', '169.254.169.254', '[::1]'];

  const told = await Promise.all(hosts.map((host) => refused(exampleWith((document) => (document.hooks[0].endpoint = `http://${host}/`)))));

  expect(new Set(told.map(({ extensions }) => extensions.faults![0]!.expected)).size).toBe(1);
});

it('takes a loopback address where the operator has allowed it', async () => {
  await using open = await startTestServer();
  const organization = await makeOrganization(open);

  const { errors } = await importDocument(
    open,
    organization,
    exampleWith((document) => (document.hooks[0].endpoint = 'http://127.0.0.1:8080/')),
  );

  expect(errors).toBeUndefined();
});

describe('the header of the token', () => {
  it.each(['', 'a b', 'a:b', 'a\r\nb', 'é', 'a\0', 'x'.repeat(129), '(', '"x"'])('is not named %j', async (name) => {
    const { extensions } = await refused(exampleWith((document) => (document.authentication.header_format = name)));

    expect(extensions.faults).toMatchObject([{ path: 'authentication.header_format' }]);
  });

  it.each([
    'Host',
    'content-length',
    'CONTENT-TYPE',
    'Transfer-Encoding',
    'connection',
    'webhook-id',
    'Webhook-Signature',
    'webhook-timestamp',
    'user-agent',
    'TE',
    'expect',
  ])('is not %s, which the request sets by itself', async (name) => {
    const { extensions } = await refused(exampleWith((document) => (document.authentication.header_format = name)));

    expect(extensions.faults).toEqual([
      {
        path: 'authentication.header_format',
        received: JSON.stringify(name),
        expected: 'a header that the request does not set by itself, such as Authorization',
      },
    ]);
  });

  it.each(['Authorization', 'x-api-key', 'X_Token.1', '__proto__'])('may be %s', async (name) => {
    const webhook = await imported(exampleWith((document) => (document.authentication.header_format = name)));

    expect(webhook.authentication.headerFormat).toBe(name);
  });
});

describe('a document with many faults', () => {
  it('is told of all of them at once, and nothing is saved', async () => {
    const organization = await makeOrganization(server);
    const document = exampleWith((d) => {
      d.name = '';
      d.hooks[0].type = 'nope';
      d.hooks[1].endpoint = 'ftp://example.com';
      delete d.hooks[2].method;
      d.hooks.push(d.hooks[3]);
      d.authentication.grant_type = 'password';
      d.authentication.extra = true;
    });

    const { extensions, message } = await refused(document, organization);

    expect(extensions.faults!.map(({ path }) => path).toSorted()).toEqual([
      'authentication.extra',
      'authentication.grant_type',
      'hooks[0].type',
      'hooks[1].endpoint',
      'hooks[2].method',
      'hooks[7]',
      'name',
    ]);
    expect(message).toMatch(/^7 faults:\n- /);
    expect(await countWebhooks(server, organization)).toBe(0);
  });

  it('is told of a hundred at most', async () => {
    const document = exampleWith(
      (d) => (d.hooks = Array.from({ length: 1000 }, (_, index) => ({ type: `t${index}`, method: 'X', endpoint: 'x' }))),
    );

    const { extensions } = await refused(document);

    expect(extensions.faults).toHaveLength(100);
  });

  it('is told of a hundred unknown keys at most', async () => {
    const document = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index]));

    const { extensions } = await refused(document);

    expect(extensions.faults).toHaveLength(100);
  });
});

describe('the client secret', () => {
  const canary = 'canary; at "x"; 7Yq';
  const secretElsewhere: Array<[string, Change]> = [
    ['under another name', (d) => (d.authentication.credentials = { client_id: 'doo', secret: canary })],
    ['under its GraphQL name', (d) => (d.authentication.credentials.clientSecret = canary)],
    ['beside the credentials', (d) => (d.authentication.client_secret = canary)],
    ['in a misspelled authentication', (d) => (d.authentification = { credentials: { client_secret: canary } })],
    ['in the place of the credentials', (d) => (d.authentication.credentials = canary)],
    ['in the place of the authentication', (d) => (d.authentication = canary)],
    ['in a list', (d) => (d.authentication.credentials.client_secret = [canary])],
    ['in an object', (d) => (d.authentication.credentials.client_secret = { [canary]: canary })],
    ['in the value format', (d) => (d.authentication.header_value_format = `Basic ${canary}`)],
    ['in the user info of a URL', (d) => (d.authentication.endpoint = `https://doo:${canary}@example.com`)],
    ['too long', (d) => (d.authentication.credentials.client_secret = canary.repeat(1000))],
    ['correct, with another fault', (d) => ((d.authentication.credentials.client_secret = canary), (d.name = ''))],
  ];

  it.each(secretElsewhere)('is not echoed when it stands %s', async (_, change) => {
    const answer = await importDocument(server, organizationId, exampleWith(change));

    expect(answer.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    expect(JSON.stringify(answer)).not.toMatch(/canary|7Yq/);
  });

  it('is not echoed when the whole document comes as text', async () => {
    const text = JSON.stringify({ authentication: { credentials: { client_secret: canary } } });

    const answer = await importDocument(server, organizationId, text);

    expect(JSON.stringify(answer)).not.toMatch(/canary|7Yq/);
  });
});

/** Documents that are nearly right: a key's value is replaced by any JSON. */
const nearDocuments = fc
  .tuple(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 3, noUnicodeString: false }))
  .map(([[, holderOf, key], value]) => exampleWith((document) => (holderOf(document)[key] = value)));

it('either saves a document or says what is wrong with it, whatever the document is', async () => {
  const organization = await makeOrganization(server);
  let savedCount = 0;

  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue({ noUnicodeString: false }), nearDocuments), async (document) => {
      const { data, errors } = await importDocument(server, organization, document);

      if (errors === undefined) savedCount += 1;
      else expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
      expect(data?.importWebhook == null).toBe(errors !== undefined);
    }),
    { numRuns: 200 },
  );

  expect(await countWebhooks(server, organization)).toBe(Math.min(savedCount, 100));
}, 20_000);

const validText = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .filter((text) => text.length <= maxLength && text.isWellFormed() && !text.includes('\0'));
const url = fc.webUrl({ withQueryParameters: true, withFragments: true, validSchemes: ['http', 'https'] });
const validDocuments = fc.record({
  name: validText(200),
  description: validText(2000),
  hooks: fc.uniqueArray(
    fc.record({
      type: fc.constantFrom(...exampleDocument.hooks.map(({ type }: any) => type)),
      method: fc.constantFrom('POST', 'PUT', 'PATCH'),
      endpoint: url,
    }),
    { maxLength: 10, selector: ({ type, method, endpoint }) => `${type} ${method} ${endpoint}` },
  ),
  authentication: fc.option(
    fc.record(
      {
        grant_type: fc.constant('client_credentials'),
        endpoint: url,
        credentials: fc.record({ client_id: validText(1024), client_secret: validText(4096).filter((secret) => secret !== '********') }),
        header_format: fc.constantFrom('Authorization', 'x-token'),
        header_value_format: fc.constantFrom('Bearer %ACCESS_TOKEN%', '%ACCESS_TOKEN%', 'Token %ACCESS_TOKEN%%ACCESS_TOKEN%'),
        scope: validText(1024),
        audience: validText(2048),
        client_authentication: fc.constant('body'),
      },
      { requiredKeys: ['grant_type', 'endpoint', 'credentials', 'header_format', 'header_value_format'] },
    ),
  ),
});

it('gives every valid document back as it came, with the secret masked', async () => {
  const organization = await makeOrganization(server);

  await fc.assert(
    fc.asyncProperty(validDocuments, async (document) => {
      const webhook = await imported(document, organization);

      const masked = structuredClone(document);
      if (masked.authentication !== null) masked.authentication.credentials.client_secret = '********';
      expect(webhook.configuration).toEqual(masked);
    }),
    { numRuns: 60 },
  );
}, 20_000);
