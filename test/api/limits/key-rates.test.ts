import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../support/manual-clock.js';
import { makeOrganization } from '../../support/platform.js';
import { post } from '../../support/raw.js';
import { openSocket } from '../../support/raw-socket.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const TYPENAME = JSON.stringify({ query: '{ __typename }' });

async function start(requestsPerSecondPerKey: number) {
  const clock = new ManualClock();
  const server = await startTestServer({ clock, config: { requestsPerSecondPerKey } });
  const organizationId = await makeOrganization(server);
  const keys = [await createKey(server, organizationId), await createKey(server, organizationId)] as const;
  const ask = (key: string) => post(server, TYPENAME, { authorization: `Bearer ${key}` });
  return { clock, server, organizationId, keys, ask, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function createKey(server: TestServer, organizationId: string): Promise<string> {
  const { createApiKey } = await server.gql('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }', {
    input: { organizationId, name: 'A key', scopes: ['READ'] },
  });
  return createApiKey.key;
}

describe('a key that asks too often', () => {
  it('is told so, and when it may ask again, by one that it did not reach', async () => {
    await using started = await start(2);
    const { keys, ask } = started;

    const answers = [await ask(keys[0]), await ask(keys[0]), await ask(keys[0])];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]!.headers.get('retry-after')).toBe('1');
    expect(answers[2]!.json).toEqual({
      errors: [{ message: 'Expected at most 2 requests a second with one key.', extensions: { code: 'RATE_LIMITED', retryAfterMs: 500 } }],
    });
  });

  it('may ask again when it was told, and not before', async () => {
    await using started = await start(2);
    const { clock, keys, ask } = started;
    for (let n = 0; n < 2; n += 1) await ask(keys[0]);

    clock.advance(499);
    const before = await ask(keys[0]);
    clock.advance(1);

    expect(before.status).toBe(429);
    expect(before.json.errors[0].extensions.retryAfterMs).toBe(1);
    expect((await ask(keys[0])).status).toBe(200);
    expect((await ask(keys[0])).status).toBe(429);
  });

  it('saves up no more than for a second', async () => {
    await using started = await start(2);
    const { clock, keys, ask } = started;

    clock.advance(3_600_000);

    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await ask(keys[0])).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('holds up no other key, and not the admin', async () => {
    await using started = await start(1);
    const { server, keys, ask } = started;
    await ask(keys[0]);

    expect((await ask(keys[0])).status).toBe(429);
    expect((await ask(keys[1])).status).toBe(200);
    for (let n = 0; n < 5; n += 1) expect((await post(server, TYPENAME)).status).toBe(200);
  });

  it('is refused subscriptions too', async () => {
    await using started = await start(1);
    const { server, organizationId, keys } = started;
    await using socket = await openSocket(server);
    socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${keys[0]}` } });
    await socket.next();
    const payload = { query: 'subscription ($o: ID!) { hookHealth(organizationId: $o) { cursor } }', variables: { o: organizationId } };

    for (const id of ['a', 'b']) socket.send({ id, type: 'subscribe', payload });

    expect(await socket.next()).toMatchObject({
      id: 'b',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterMs: 1000 } }],
    });
  });

  it('is not there where the setting is 0', async () => {
    await using started = await start(0);
    const { keys, ask } = started;

    for (let n = 0; n < 20; n += 1) expect((await ask(keys[0])).status).toBe(200);
  });
});
