import type { Answer, TestServer } from './server.js';

export const authenticationInput = {
  grantType: 'CLIENT_CREDENTIALS',
  endpoint: 'https://auth.example.com/token',
  clientId: 'doo',
  clientSecret: 'super-strong-pawwsord',
  scope: 'hooks',
  audience: 'https://api.example.com',
  headerFormat: 'Authorization',
  headerValueFormat: 'Bearer %ACCESS_TOKEN%',
};

export function hookInput(type = 'order_created', path = 'a') {
  return { type, method: 'POST', endpoint: `https://hooks.example.com/${path}` };
}

const WEBHOOK = `
  id name description createdAt updatedAt deletedAt configuration signingSecret
  organization { id }
  authentication { grantType endpoint clientId clientAuthentication scope audience headerFormat headerValueFormat version }
  hooks(first: 100) { edges { node { id type method endpoint status createdAt } } }`;

/** Asks for a webhook of the organization, with two hooks and an authentication unless said otherwise. */
export function askForWebhook(server: TestServer, organizationId: string, change: Record<string, unknown> = {}): Promise<Answer> {
  const hooks = [hookInput('order_created', 'a'), hookInput('order_updated', 'b')];
  return server.ask(`mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ${WEBHOOK} } }`, {
    input: { organizationId, name: 'Orders', hooks, authentication: authenticationInput, ...change },
  });
}

export function askForUpdate(server: TestServer, id: string, input: Record<string, unknown>): Promise<Answer> {
  return server.ask(`mutation ($id: ID!, $input: UpdateWebhookInput!) { updateWebhook(id: $id, input: $input) { ${WEBHOOK} } }`, {
    id,
    input,
  });
}

/** The webhook as `webhook(id)` tells it. */
export async function readWebhook(server: TestServer, id: string): Promise<any> {
  const { webhook } = await server.gql(`query ($id: ID!) { webhook(id: $id) { ${WEBHOOK} } }`, { id });
  return webhook;
}

export function hooksOf(webhook: any): any[] {
  return webhook.hooks.edges.map(({ node }: any) => node);
}
