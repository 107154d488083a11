import type { ApiClient } from './api-client.js';

/** A hook to publish to. */
export interface BenchHook {
  id: string;
  organizationId: string;
}

/** In every organization's catalog from the start. */
export const EVENT_TYPE = 'order_created';

/** Makes a hook in a webhook and an organization of its own, so that an event of that organization goes to this hook alone. */
export async function makeHook(api: ApiClient, name: string, endpoint: string): Promise<BenchHook> {
  const { createOrganization } = await api.ask<{ createOrganization: { id: string } }>(
    'mutation ($name: String!) { createOrganization(input: { name: $name }) { id } }',
    { name },
  );
  const organizationId = createOrganization.id;
  const { createWebhook } = await api.ask<{ createWebhook: { hooks: { edges: [{ node: { id: string } }] } } }>(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { hooks(first: 1) { edges { node { id } } } } }',
    { input: { organizationId, name, hooks: [{ type: EVENT_TYPE, method: 'POST', endpoint }] } },
  );
  return { id: createWebhook.hooks.edges[0].node.id, organizationId };
}
