import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish, publishMany, RESULTS } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';
import { authenticationAt, startTokenServer } from '../support/token-server.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

const UPDATE = 'mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { id } }';

/** A server, a receiver and a token server, with one webhook that uses all three. */
async function start(change: Record<string, unknown> = {}) {
  const stack = new AsyncDisposableStack();
  const clock = new ManualClock();
  const server = stack.use(await startTestServer({ clock }));
  const receiver = stack.use(await startReceiver());
  const tokens = stack.use(await startTokenServer());
  const organizationId = await makeOrganization(server);
  const webhook = await makeWebhook(server, { organizationId, endpoint: receiver.url, authentication: authenticationAt(tokens, change) });
  const attempts = await server.subscribe(ATTEMPTS, { organizationId });
  const nextAttempt = async () => (await attempts.next()).deliveryAttempts.attempt;
  return { clock, server, receiver, tokens, organizationId, webhook, nextAttempt, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('authentication', () => {
  it('puts the token into the named header in the named format, and shows neither token nor secret', async () => {
    await using flow = await start({ headerFormat: 'X-Api-Token', headerValueFormat: 'token=%ACCESS_TOKEN%' });

    await publish(flow.server, flow.organizationId);

    const attempt = await flow.nextAttempt();
    const [request] = await flow.receiver.requests(1);
    expect(request!.headers['x-api-token']).toBe(`token=${flow.tokens.issued[0]}`);
    expect(attempt.request.headers).toContainEqual({ name: 'X-Api-Token', value: '***' });
    expect(JSON.stringify(attempt)).not.toContain(flow.tokens.issued[0]);
  });

  it('fetches one token for many deliveries that want it at the same moment', async () => {
    await using flow = await start();

    await publishMany(flow.server, flow.organizationId, 100);

    for (let count = 0; count < 100; count += 1) expect((await flow.nextAttempt()).outcome.status).toBe(200);
    expect(flow.tokens.requestCount).toBe(1);
  });

  it('fetches a new token shortly before the old one ends', async () => {
    await using flow = await start();
    await publish(flow.server, flow.organizationId);
    await flow.nextAttempt();

    // An hour less a tenth of it is how long a token is kept.
    flow.clock.advance(0.9 * HOUR - SECOND);
    await publish(flow.server, flow.organizationId);
    await flow.nextAttempt();
    expect(flow.tokens.requestCount).toBe(1);
    flow.clock.advance(2 * SECOND);
    await publish(flow.server, flow.organizationId);
    await flow.nextAttempt();

    expect(flow.tokens.requestCount).toBe(2);
    expect((await flow.receiver.requests(3))[2]!.headers.authorization).toBe(`Bearer ${flow.tokens.issued[1]}`);
  });

  it('fetches a new token once when the receiver answers 401, within the same attempt', async () => {
    await using flow = await start();
    flow.receiver.answerWith([{ status: 401 }, { status: 200 }]);

    await publish(flow.server, flow.organizationId);

    const attempt = await flow.nextAttempt();
    expect(attempt).toMatchObject({
      number: 1,
      request: { tokenRenewed: true },
      outcome: { status: 200 },
      delivery: { status: 'SUCCEEDED' },
    });
    const requests = await flow.receiver.requests(2);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(flow.tokens.issued.map((token) => `Bearer ${token}`));
    expect(requests[0]!.headers['webhook-id']).toBe(requests[1]!.headers['webhook-id']);
  });

  it('shows in the attempt what of the scope was granted, where that is not all', async () => {
    await using flow = await start({ scope: 'orders customers' });
    flow.tokens.answerWith({ body: { scope: 'orders' } });
    const query = `query ($id: ID!) { webhook(id: $id) { deliveries { edges { node { attempts { edges { node { request { grantedScope } } } } } } } } }`;

    await publish(flow.server, flow.organizationId);
    await flow.nextAttempt();

    const { webhook } = await flow.server.gql(query, { id: flow.webhook.id });
    expect(webhook.deliveries.edges[0].node.attempts.edges[0].node.request).toEqual({ grantedScope: 'orders' });
  });

  it('fetches a new token after less than an hour where its life was not told, and not with each delivery', async () => {
    await using flow = await start();
    flow.tokens.answerWith({ body: { expires_in: null } });

    await publishMany(flow.server, flow.organizationId, 100);

    for (let count = 0; count < 100; count += 1) expect((await flow.nextAttempt()).outcome.status).toBe(200);
    expect(flow.tokens.requestCount).toBe(1);
    flow.clock.advance(HOUR);
    await publish(flow.server, flow.organizationId);
    await flow.nextAttempt();
    expect(flow.tokens.requestCount).toBe(2);
  });

  it('leaves a token endpoint alone for as long as it asks for', async () => {
    await using flow = await start();
    const busy = await startReceiver();
    onTestFinished(() => busy.close());
    busy.answerWith([{ status: 429, headers: { 'retry-after': '120' } }, { body: '{"access_token":"t"}' }]);
    await flow.server.gql(UPDATE, { id: flow.webhook.id, input: { authentication: { endpoint: busy.url } } });
    const results = await flow.server.subscribe(RESULTS, { organizationId: flow.organizationId });

    await publish(flow.server, flow.organizationId);
    await flow.nextAttempt();
    flow.clock.advance(120 * SECOND - 1);
    expect(busy.received).toHaveLength(1);
    flow.clock.advance(60 * SECOND);

    expect((await results.next()).deliveryResults.delivery).toMatchObject({ status: 'SUCCEEDED', attemptCount: 2 });
    expect(busy.received).toHaveLength(2);
  });

  it('takes a second 401 for an ordinary failure that is retried', async () => {
    await using flow = await start();
    flow.receiver.answerWith({ status: 401 });

    await publish(flow.server, flow.organizationId);

    const attempt = await flow.nextAttempt();
    expect(attempt).toMatchObject({ outcome: { status: 401 }, delivery: { status: 'RETRYING', attemptCount: 1 } });
    expect(flow.receiver.received).toHaveLength(2);
  });

  it('outlives an outage of the token endpoint: the attempt says so, nothing is sent, and a retry delivers', async () => {
    await using flow = await start();
    flow.tokens.answerWith({ statusCode: 503, body: { error: 'temporarily_unavailable' } });
    const results = await flow.server.subscribe(RESULTS, { organizationId: flow.organizationId });

    await publish(flow.server, flow.organizationId);

    const attempt = await flow.nextAttempt();
    expect(attempt.outcome.__typename).toBe('AuthenticationFailed');
    expect(attempt.outcome.message).toContain('503');
    expect(attempt.delivery.status).toBe('RETRYING');
    expect(flow.receiver.received).toHaveLength(0);

    flow.tokens.answerWith(null);
    flow.clock.advance(6 * SECOND);
    expect((await results.next()).deliveryResults.delivery).toMatchObject({ status: 'SUCCEEDED', attemptCount: 2 });
    expect((await flow.receiver.requests(1))[0]!.headers.authorization).toBe(`Bearer ${flow.tokens.issued[0]}`);
  });

  it('asks a dead token endpoint once per pause, not once per delivery, and spends no attempts of those that wait', async () => {
    await using flow = await start();
    flow.tokens.answerWith({ statusCode: 500, body: {} });

    await publishMany(flow.server, flow.organizationId, 50);

    for (let count = 0; count < 16; count += 1) expect((await flow.nextAttempt()).outcome.__typename).toBe('AuthenticationFailed');
    expect(flow.tokens.requestCount).toBe(1);
    flow.clock.advance(1000);
    const probe = await flow.nextAttempt();
    expect(probe).toMatchObject({ number: 1, outcome: { __typename: 'AuthenticationFailed' } });
    expect(flow.tokens.requestCount).toBe(2);
  });

  it('never uses an old token after the credentials changed', async () => {
    await using flow = await start();
    await publish(flow.server, flow.organizationId);
    await flow.nextAttempt();

    await flow.server.gql(UPDATE, {
      id: flow.webhook.id,
      input: { authentication: { clientSecret: 'another-secret' } },
    });
    await publish(flow.server, flow.organizationId);

    await flow.nextAttempt();
    const [, second] = await flow.receiver.requests(2);
    expect(second!.headers.authorization).toBe(`Bearer ${flow.tokens.issued[1]}`);
  });
});
