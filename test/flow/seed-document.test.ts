import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';

const example = JSON.parse(readFileSync('examples/webhook.example.json', 'utf8'));

describe('the document', () => {
  it('delivers', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    const { createOrganization: org } = await server.gql('mutation { createOrganization(input: { name: "A" }) { id } }');
    const doc = {
      ...example,
      hooks: example.hooks.map((hook: any) => ({ ...hook, endpoint: `${receiver.url}/hook` })),
      authentication: null,
    };
    const { importWebhook: webhook } = await server.gql(
      'mutation ($o: ID!, $c: JSON!) { importWebhook(organizationId: $o, configuration: $c) { id configuration signingSecret hooks { edges { node { id type } } } } }',
      { o: org.id, c: doc },
    );
    expect(webhook.configuration).toEqual(doc);
    const notices = await server.subscribe(
      'subscription ($o: ID!) { deliveryAttempts(organizationId: $o) { cursor attempt { number durationMs timing { connectMs } request { method url body headers { name value } } outcome { __typename ... on ResponseReceived { status body } } delivery { status } } } }',
      { o: org.id },
    );
    const { publishEvent } = await server.gql(
      'mutation ($o: ID!) { publishEvent(input: { organizationId: $o, type: "order_created", payload: { a: 1 } }) { duplicate event { id payload deliveries { edges { node { status } } } } } }',
      { o: org.id },
    );
    console.log(JSON.stringify(publishEvent));
    console.log(JSON.stringify(await notices.next(), null, 1));
    console.log((await receiver.requests(1))[0]!.headers);
  });
});
