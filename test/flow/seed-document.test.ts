import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { ATTEMPTS, exampleDocument, makeOrganization, publish, RESULTS } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';
import { startTokenServer } from '../support/token-server.js';

const IMPORT = `
  mutation ($organizationId: ID!, $configuration: JSON!) {
    importWebhook(organizationId: $organizationId, configuration: $configuration) { id signingSecret configuration }
  }`;

describe("the user's configuration document", () => {
  it('is taken exactly as it is, although its endpoints may not resolve', async () => {
    await using server = await startTestServer();
    const organizationId = await makeOrganization(server);

    const { importWebhook } = await server.gql(IMPORT, { organizationId, configuration: exampleDocument });

    const masked = structuredClone(exampleDocument);
    masked.authentication.credentials.client_secret = '********';
    expect(JSON.stringify(importWebhook.configuration)).toBe(JSON.stringify(masked));
  });

  it('delivers each of its seven types: authenticated, signed, recorded and streamed', async () => {
    // The published verifier compares the signed time with the real one.
    await using server = await startTestServer({ clock: new ManualClock(Date.now()) });
    await using receiver = await startReceiver();
    await using tokens = await startTokenServer();
    const organizationId = await makeOrganization(server);
    const configuration = structuredClone(exampleDocument);
    for (const hook of configuration.hooks) hook.endpoint = `${receiver.url}/hooks/${hook.type}`;
    configuration.authentication.endpoint = tokens.url;
    const { importWebhook: webhook } = await server.gql(IMPORT, { organizationId, configuration });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    const results = await server.subscribe(RESULTS, { organizationId });
    const types: string[] = configuration.hooks.map(({ type }: { type: string }) => type);

    const eventIds = await Promise.all(types.map((type) => publish(server, organizationId, type, { of: type })));

    const deliveries = (await results.take(7)).map(({ deliveryResults }) => deliveryResults.delivery);
    expect(deliveries.map(({ status }) => status)).toEqual(Array(7).fill('SUCCEEDED'));
    expect(deliveries.map(({ event }) => event.id).toSorted()).toEqual(eventIds.toSorted());
    const outcomes = (await attempts.take(7)).map(({ deliveryAttempts }) => deliveryAttempts.attempt.outcome);
    expect(outcomes.map(({ status, body }) => [status, body])).toEqual(Array.from({ length: 7 }, () => [200, 'ok']));

    const verifier = new Verifier(webhook.signingSecret);
    const requests = await receiver.requests(7);
    for (const request of requests) {
      const { id, type, organizationId: owner, data } = verifier.verify(request.body, request.headers) as Record<string, any>;
      expect(request.method).toBe('POST');
      expect(request.path).toBe(`/hooks/${type}`);
      expect(request.headers.authorization).toBe(`Bearer ${tokens.issued[0]}`);
      expect({ owner, data }).toEqual({ owner: organizationId, data: { of: type } });
      expect(id).toBe(eventIds[types.indexOf(type)]);
    }
    expect(new Set(requests.map(({ path }) => path)).size).toBe(7);
    expect(tokens.issued).toHaveLength(1);
  });
});
