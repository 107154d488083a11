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
  const { organizationId, hookIds } = await makeHooks(api, name, [endpoint]);
  return { id: hookIds[0]!, organizationId };
}

/** Makes a hook for each endpoint, all in one organization of its own, so that an event of it goes to each of them. Answers in their order. */
export async function makeHooks(
  api: ApiClient,
  name: string,
  endpoints: readonly string[],
): Promise<{ organizationId: string; hookIds: string[] }> {
  const { createOrganization } = await api.ask<{ createOrganization: { id: string } }>(
    'mutation ($name: String!) { createOrganization(input: { name: $name }) { id } }',
    { name },
  );
  const organizationId = createOrganization.id;
  const hooks = endpoints.map((endpoint) => ({ type: EVENT_TYPE, method: 'POST', endpoint }));
  const { createWebhook } = await api.ask<{ createWebhook: { hooks: { edges: Array<{ node: { id: string; endpoint: string } }> } } }>(
    'mutation ($input: CreateWebhookInput!, $count: Int!) { createWebhook(input: $input) { hooks(first: $count) { edges { node { id endpoint } } } } }',
    { input: { organizationId, name, hooks }, count: endpoints.length },
  );
  const idOf = new Map(createWebhook.hooks.edges.map(({ node }) => [node.endpoint, node.id]));
  return { organizationId, hookIds: endpoints.map((endpoint) => idOf.get(endpoint)!) };
}
