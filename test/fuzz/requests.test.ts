import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { calls, operationOf } from '../api/calls.js';
import { fuzz, seed, timeout } from './fuzz.js';
import { changed, hostileJson, hostileText } from './hostile.js';
import { startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

/** The calls that go over HTTP, each with the operation that makes it. */
const operations = Object.entries(calls)
  .filter(([name]) => !name.startsWith('Subscription.'))
  .map(([name, call]) => ({ query: operationOf(name), call }));

it(`changes nothing by a call that it refuses, whatever its variables are (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const ids: Record<string, string> = { organization: world.organizationId, webhook: world.webhookId, hook: world.hookId };
  const asked = fc.constantFrom(...operations).chain(({ query, call }) => {
    const variables = call.variables((_place, kind) => ids[kind] ?? '019b796d-0000-7000-8000-000000000000');
    return changed(variables).map((value) => ({ query, variables: value }));
  });
  let standing = await world.readConfiguration();

  await fuzz(asked, async ({ query, variables }) => {
    const { json } = await world.ask(query, variables);

    const configuration = await world.readConfiguration();
    if (json.errors !== undefined) expect(configuration).toEqual(standing);
    standing = configuration;
  });
});

it(`answers whatever body comes, and goes on answering (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const query = operationOf('Mutation.importWebhook');
  const request = { query, variables: { organizationId: world.organizationId, configuration: { name: 'x' } } };
  const bodies = fc.oneof(
    changed({ ...request, operationName: null, extensions: {} }).map((body) => Buffer.from(JSON.stringify(body))),
    hostileJson.map((body) => Buffer.from(JSON.stringify(body))),
    // A right one with some bytes that are others.
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }).map((changes) => {
      const body = Buffer.from(JSON.stringify(request));
      for (const [place, byte] of changes) body[place % body.length] = byte;
      return body;
    }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  const visible = hostileText.map((text) => text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 1000));
  const headers = fc.record(
    {
      'content-type': fc.oneof(
        fc.constantFrom('application/json', 'application/json; charset=utf-16', 'text/plain', 'multipart/form-data'),
        visible,
      ),
      accept: visible,
      authorization: fc.oneof(
        visible,
        visible.map((text) => `Bearer ${text}`),
      ),
      'apollo-require-preflight': visible,
      'content-encoding': fc.constantFrom('gzip', 'identity'),
    },
    { requiredKeys: [] },
  );
  const standing = await world.readConfiguration();

  await fuzz(fc.tuple(bodies, headers), async ([body, given]) => {
    const { status } = await world.send(new Uint8Array(body), given);

    // Its configuration is never whole, so nothing of it is taken.
    expect(status).toBeGreaterThanOrEqual(200);
    expect(await world.readConfiguration()).toEqual(standing);
  });
});

it(`answers whatever text is the query (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const words = fc.constantFrom(
    ...'{ } ( ) [ ] : ! $ @ ... " """ # , query mutation subscription fragment on input id 1 1e400 null true & = |'.split(' '),
  );
  const pieces = fc.oneof(words, fc.constantFrom(...operations.flatMap(({ query }) => query.match(/\w+|\S/g)!)), hostileText);
  const queries = fc.oneof(
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(' ')),
    // A right one with a piece taken out and another put in.
    fc.tuple(fc.constantFrom(...operations), fc.nat(), fc.nat(20), pieces).map(([{ query }, place, length, piece]) => {
      const start = place % query.length;
      return `${query.slice(0, start)}${piece}${query.slice(start + length)}`;
    }),
  );

  await fuzz(queries, async (query) => {
    await world.ask(query, { id: 'nobody', organizationId: 'nobody', input: {} });
  });
});
