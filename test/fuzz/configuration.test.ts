import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exampleWith } from '../support/documents.js';
import { type RawAnswer } from '../support/raw.js';
import { authenticationInput, hookInput } from '../support/webhooks.js';
import { fuzz, seed, timeout } from './fuzz.js';
import { changed, hostileText } from './hostile.js';
import { startWorld, type World } from './world.js';

const IMPORT = 'mutation ($o: ID, $value: JSON!) { importWebhook(organizationId: $o, configuration: $value) { id configuration } }';
const CREATE = 'mutation ($value: CreateWebhookInput!) { createWebhook(input: $value) { id configuration } }';
const UPDATE = 'mutation ($id: ID!, $value: UpdateWebhookInput!) { updateWebhook(id: $id, input: $value) { id configuration } }';
const REGISTER = 'mutation ($value: RegisterEventTypeInput!) { registerEventType(input: $value) { id } }';
const DELETE = 'mutation ($id: ID!) { deleteWebhook(id: $id) }';

let world: World;
/** What is configured, as long as nothing was taken. */
let standing: unknown;

beforeAll(async () => {
  world = await startWorld({ mayReachLoopback: false });
  standing = await world.readConfiguration();
});

afterAll(() => world[Symbol.asyncDispose]());

/** After a refusal all is as before. What was taken is given, and taken away again where it is new. */
async function settle({ json }: RawAnswer): Promise<any> {
  if (json.errors !== undefined) {
    expect(json.errors.map(({ extensions }: any) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(await world.readConfiguration()).toEqual(standing);
    return null;
  }
  const [made] = Object.values<any>(json.data);
  if (made.configuration !== undefined && made.id !== world.webhookId) await world.server.gql(DELETE, { id: made.id });
  else standing = await world.readConfiguration();
  return made;
}

it(`takes a document whole or not at all, whatever is in it (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const full = exampleWith(({ authentication }) => {
    authentication.resource = ['https://api.example.com', 'urn:example:api'];
    authentication.extra_parameters = [
      { name: 'tenant_id', value: 'a' },
      { name: 'assertion', value: 'b' },
    ];
  });

  await fuzz(fc.oneof(changed(exampleWith()), changed(full)), async (document) => {
    const made = await settle(await world.ask(IMPORT, { o: world.organizationId, value: document }));

    if (made === null) return;
    const masked = structuredClone(document) as any;
    if (masked.authentication !== null) masked.authentication.credentials.client_secret = '********';
    for (const parameter of masked.authentication?.extra_parameters ?? []) parameter.value = '********';
    expect(made.configuration).toEqual(masked);
  });
});

it(`takes an input whole or not at all, whatever is in it (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const rateLimit = { deliveries: 100, per: 'MINUTE' };
  const hook = { ...hookInput(), inFlightLimit: 4, rateLimit, ordering: 'BY_KEY' };
  const parameters = { resource: ['https://api.example.com'], extraParameters: [{ name: 'tenant_id', value: 'a' }] };
  const authentication = { ...authenticationInput, ...parameters, clientAuthentication: 'BODY' };
  const whole = { name: 'Orders', description: 'For orders', hooks: [hook, hookInput('order_updated')], authentication };
  const update = { ...whole, hooks: [{ id: world.hookId, ...hook }, hookInput('order_updated')] };
  const schema = { type: 'object', properties: { seat: { type: 'string', pattern: '^[a-z]+$' } }, required: ['seat'] };
  const eventType = { name: 'seat_taken', description: 'A seat', schema, example: { seat: 'a' } };
  const { organizationId, webhookId: id } = world;
  const calls = fc.oneof(
    changed(whole).map((value) => [CREATE, { value: withOrganization(value, organizationId) }] as const),
    changed(update).map((value) => [UPDATE, { id, value }] as const),
    changed(eventType).map((value) => [REGISTER, { value: withOrganization(value, organizationId) }] as const),
  );

  await fuzz(calls, async ([query, variables]) => {
    const { json } = await world.ask(query, variables);

    if (json.errors === undefined) await settle({ json } as RawAnswer);
    else expect(await world.readConfiguration()).toEqual(standing);
  });
});

it(`sends no header of anybody else's making (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const name = fc.oneof(hostileText, fc.stringMatching(/^[!-~]{1,12}$/), fc.constantFrom('Host', 'webhook-id', 'TE', 'Authorization'));
  const format = fc.oneof(
    hostileText,
    fc.tuple(hostileText, hostileText).map((around) => around.join('%ACCESS_TOKEN%')),
  );

  await fuzz(fc.tuple(name, format), async ([headerFormat, headerValueFormat]) => {
    const document = exampleWith(({ authentication }) => {
      authentication.header_format = headerFormat;
      authentication.header_value_format = headerValueFormat;
    });

    const made = await settle(await world.ask(IMPORT, { o: world.organizationId, value: document }));

    // What is taken is a header to the engine too, with nothing in it but what can be seen.
    if (made === null) return;
    expect([...new Headers([[headerFormat, headerValueFormat]])]).toEqual([[headerFormat.toLowerCase(), headerValueFormat]]);
    expect(headerValueFormat).toMatch(/^[ -~]*%ACCESS_TOKEN%[ -~]*$/);
    expect(headerFormat).not.toMatch(/^(?:host|te|webhook-.*)$/i);
  });
});

it(`takes no URL that leads inside, however it is spelled (FUZZ_SEED=${seed})`, { timeout }, async () => {
  await fuzz(fc.tuple(fc.boolean(), insideUrls), async ([isOfToken, url]) => {
    const document = exampleWith((d) => ((isOfToken ? d.authentication : d.hooks[0]).endpoint = url));

    expect(await settle(await world.ask(IMPORT, { o: world.organizationId, value: document }))).toBeNull();
  });
});

it(`takes any URL or says what is wrong with it (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const part = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, hostileText);
  const urls = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true, validSchemes: ['http', 'https', 'ftp'] }),
    fc
      .tuple(fc.constantFrom('http://', 'https://', 'HTTPS:', 'http:\\\\', '//', 'ws://'), part, fc.domain(), part, part)
      .map(([scheme, before, host, after, path]) => `${scheme}${before}${host}${after}/${path}`),
    hostileText,
  );

  await fuzz(urls, async (url) => {
    const made = await settle(await world.ask(IMPORT, { o: world.organizationId, value: exampleWith((d) => (d.hooks[0].endpoint = url)) }));

    if (made === null) return;
    const { protocol, username, password } = new URL(url);
    expect([['http:', 'https:'].includes(protocol), username, password]).toEqual([true, '', '']);
    expect(made.configuration.hooks[0].endpoint).toBe(url);
  });
});

/** Numbers of addresses that are private, local or reserved, as the sets of their first octets tell. */
const insideNumbers = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127, 224, 239, 240, 255), fc.nat(255), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), fc.nat(255), fc.nat(255)),
);

/** A number in one of the ways in which URLs may have it. */
function spellings(number: number): fc.Arbitrary<string> {
  return fc.constantFrom(String(number), `0${number.toString(8)}`, `0x${number.toString(16)}`, `0X${number.toString(16).toUpperCase()}`);
}

/** As four parts, or with the last of them in one. */
const dotted = fc.tuple(insideNumbers, fc.integer({ min: 1, max: 4 })).chain(([octets, count]) => {
  const last = octets.slice(count - 1).reduce((value, octet) => value * 256 + octet, 0);
  return fc.tuple(...[...octets.slice(0, count - 1), last].map(spellings)).map((parts) => parts.join('.'));
});

/** With some of its characters escaped, in another width, or with what the host's rules drop. */
const disguised = fc
  .tuple(dotted, fc.array(fc.nat(5), { minLength: 60, maxLength: 60 }), fc.constantFrom('', '.'))
  .map(([host, ways, end]) =>
    [...host]
      .map((character, index) => {
        const code = character.codePointAt(0)!;
        if (ways[index] === 0) return `%${code.toString(16)}`;
        if (ways[index] === 1) return character === '.' ? '。' : String.fromCodePoint(code + 0xfee0);
        return ways[index] === 2 ? `${character}\u00ad` : character;
      })
      .join('')
      .concat(end),
  );

/** IPv6 that is local, or that has such an address in it. */
const insideIpv6 = fc.oneof(
  fc.constantFrom('::1', '::', 'fe80::1', 'fd00:ec2::254', 'fc00::', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '3fff::1'),
  fc
    .tuple(fc.constantFrom('::', '::ffff:', '64:ff9b::', '::ffff:0:', '64:ff9b:1::'), insideNumbers)
    .map(([prefix, octets]) => prefix + octets.join('.')),
);

const insideHosts = fc.oneof(
  disguised,
  insideIpv6.map((address) => `[${address}]`),
  fc.constantFrom('localhost', 'LOCALHOST.', 'a.localhost'),
);

const insideUrls = fc
  .tuple(
    fc.constantFrom('http://', 'https://', 'HTTP:\\\\', 'https:/', 'http:'),
    insideHosts,
    fc.constantFrom('', ':80', ':65535'),
    fc.webPath(),
  )
  .map(([scheme, host, port, path]) => `${scheme}${host}${port}${path}`);

function withOrganization(value: unknown, organizationId: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, organizationId } : value;
}
