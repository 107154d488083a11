import { readFileSync } from 'node:fs';

/** Whatever takes operations: a server in this process, or one of its own. */
interface Asked {
  gql<Value = any>(query: string, variables?: Record<string, unknown>): Promise<Value>;
}

/** The user's own configuration document. */
export const exampleDocument = JSON.parse(readFileSync('examples/webhook.example.json', 'utf8'));

/** Makes an organization and answers with its id. */
export async function makeOrganization(server: Asked, name = 'Acme Tickets'): Promise<string> {
  const { createOrganization } = await server.gql('mutation ($name: String!) { createOrganization(input: { name: $name }) { id } }', {
    name,
  });
  return createOrganization.id;
}

export interface MadeWebhook {
  id: string;
  signingSecret: string;
  /** Hook ids by event type; of two hooks with one type, the last. */
  hookIds: Record<string, string>;
}

export interface WebhookMaking {
  organizationId: string;
  endpoint: string;
  types?: string[];
  authentication?: Record<string, unknown> | null;
  /** How fast and in what order each of its hooks is served. */
  settings?: HookSettings;
}

export interface HookSettings {
  inFlightLimit?: number;
  rateLimit?: { deliveries: number; per: 'SECOND' | 'MINUTE' } | null;
  ordering?: 'NONE' | 'BY_KEY' | 'STRICT';
}

/** Makes a webhook whose hooks POST to one endpoint, for `order_created` alone unless said otherwise. */
export async function makeWebhook(server: Asked, making: WebhookMaking): Promise<MadeWebhook> {
  const { organizationId, endpoint, types = ['order_created'], authentication = null, settings = {} } = making;
  const hooks = types.map((type) => ({ type, method: 'POST', endpoint, ...settings }));
  const input = { organizationId, name: 'Orders', hooks, authentication };
  const { createWebhook } = await server.gql(
    `mutation ($input: CreateWebhookInput!) {
      createWebhook(input: $input) { id signingSecret hooks(first: 100) { edges { node { id type } } } }
    }`,
    { input },
  );
  const { id, signingSecret, hooks: made } = createWebhook;
  return { id, signingSecret, hookIds: Object.fromEntries(made.edges.map(({ node }: any) => [node.type, node.id])) };
}

/** Publishes an event and answers with its id. */
export async function publish(server: Asked, organizationId: string, type = 'order_created', payload: unknown = { n: 1 }): Promise<string> {
  const { publishEvent } = await server.gql('mutation ($input: PublishEventInput!) { publishEvent(input: $input) { event { id } } }', {
    input: { organizationId, type, payload },
  });
  return publishEvent.event.id;
}

/** Publishes events with the payloads `{ n: from }`, `{ n: from + 1 }`, … in one call. */
export async function publishMany(server: Asked, organizationId: string, count: number, from = 1): Promise<string[]> {
  const events = Array.from({ length: count }, (_, index) => ({ type: 'order_created', payload: { n: from + index } }));
  const { publishEvents } = await server.gql('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { event { id } } }', {
    input: { organizationId, events },
  });
  return publishEvents.map(({ event }: any) => event.id);
}

const DELIVERY = 'id status attemptCount nextAttemptAt event { id payload isTest } hook { id type }';

const HOOK = `
  id type status heldCount inFlightLimit rateLimit { deliveries per } ordering
  health { status since disabledReason disablesAt }`;

/** A delivery as it stands now. */
export async function readDelivery(server: Asked, id: string): Promise<any> {
  const { delivery } = await server.gql(`query ($id: ID!) { delivery(id: $id) { ${DELIVERY} } }`, { id });
  return delivery;
}

/** An organization's deliveries as they stand now, up to 100, the oldest first. */
export async function readDeliveries(server: Asked, organizationId: string): Promise<any[]> {
  const { organization } = await server.gql(
    `query ($id: ID!) { organization(id: $id) { deliveries(first: 100) { edges { node { ${DELIVERY} } } } } }`,
    { id: organizationId },
  );
  return organization.deliveries.edges.map(({ node }: any) => node).toReversed();
}

/** A webhook's hooks as they stand now. */
export async function readHooks(server: Asked, webhookId: string): Promise<any[]> {
  const { webhook } = await server.gql(`query ($id: ID!) { webhook(id: $id) { hooks(first: 100) { edges { node { ${HOOK} } } } } }`, {
    id: webhookId,
  });
  return webhook.hooks.edges.map(({ node }: any) => node);
}

/** Pauses a hook and answers with it. */
export async function pauseHook(server: Asked, id: string): Promise<any> {
  return (await server.gql(`mutation ($id: ID!) { pauseHook(id: $id) { ${HOOK} } }`, { id })).pauseHook;
}

/** Resumes a hook and answers with it. */
export async function resumeHook(server: Asked, id: string): Promise<any> {
  return (await server.gql(`mutation ($id: ID!) { resumeHook(id: $id) { ${HOOK} } }`, { id })).resumeHook;
}

/** Asks for one more attempt of a delivery and answers with it. */
export async function retryDelivery(server: Asked, id: string): Promise<any> {
  return (await server.gql(`mutation ($id: ID!) { retryDelivery(id: $id) { ${DELIVERY} } }`, { id })).retryDelivery;
}

/** Cancels a delivery and answers with it. */
export async function cancelDelivery(server: Asked, id: string): Promise<any> {
  return (await server.gql(`mutation ($id: ID!) { cancelDelivery(id: $id) { ${DELIVERY} } }`, { id })).cancelDelivery;
}

export const ATTEMPTS = `
  subscription ($organizationId: ID!, $webhookId: ID, $hookId: ID, $eventId: ID, $types: [String!], $after: String) {
    deliveryAttempts(organizationId: $organizationId, webhookId: $webhookId, hookId: $hookId, eventId: $eventId, types: $types, after: $after) {
      cursor
      attempt {
        id
        number
        request { method url body tokenRenewed headers { name value } }
        timing { dnsMs connectMs tlsMs firstByteMs }
        startedAt
        durationMs
        delivery { id status nextAttemptAt attemptCount event { id payload } hook { id type } }
        outcome {
          __typename
          ... on ResponseReceived { status headers { name value } body bodyTruncated bodyBytes bodyError protocolError statusLine }
          ... on TimedOut { message }
          ... on ConnectionFailed { code message }
          ... on AddressRefused { message }
          ... on AuthenticationFailed { message notBefore }
        }
      }
    }
  }`;

export const RESULTS = `
  subscription ($organizationId: ID!, $webhookId: ID, $hookId: ID, $eventId: ID, $types: [String!], $after: String) {
    deliveryResults(organizationId: $organizationId, webhookId: $webhookId, hookId: $hookId, eventId: $eventId, types: $types, after: $after) {
      cursor
      delivery { id status attemptCount nextAttemptAt event { id type payload } hook { id status } }
    }
  }`;

export const HEALTH = `
  subscription ($organizationId: ID!, $webhookId: ID, $hookId: ID, $after: String) {
    hookHealth(organizationId: $organizationId, webhookId: $webhookId, hookId: $hookId, after: $after) {
      cursor
      changedAt
      health { status since disabledReason disablesAt }
      hook { id type status }
    }
  }`;
