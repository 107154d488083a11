/** Gives the id of a kind that a call is to have at one of its places. */
export type IdAt = (place: string, kind: IdKind) => string;

export type IdKind = 'organization' | 'webhook' | 'hook' | 'event' | 'delivery' | 'apiKey';

/** How a root field is called, in its plainest form. */
export interface Call {
  /** From the name of the field on. */
  text: string;
  /** The types of its variables. */
  types: Record<string, string>;
  variables: (id: IdAt) => Record<string, unknown>;
  /** Who may call it, as kinds of keys beside the admin's. */
  mayBy: readonly KeyName[];
}

/** Keys of a test, by what they may do. */
export type KeyName = 'READ' | 'PUBLISH' | 'MANAGE' | 'SECRETS' | 'TOKEN' | 'WEBHOOK_TOKEN';

const ID = { id: 'ID!' };
const READERS = ['READ', 'MANAGE', 'TOKEN'] as const;
const ALL_READERS = ['READ', 'MANAGE', 'TOKEN', 'WEBHOOK_TOKEN'] as const;
const endpoint = 'https://hooks.example.com/a';

/** Taken before anything is followed, so that a subscription that is let through ends with a fault of its own. */
const NO_CURSOR = 'no cursor';

/** Every root field of the schema: a test says which one is missing. */
export const calls: Record<string, Call> = {
  'Query.organization': {
    text: 'organization(id: $id) { id name }',
    types: ID,
    variables: (id) => ({ id: id('id', 'organization') }),
    mayBy: READERS,
  },
  'Query.organizations': { text: 'organizations { edges { node { id } } }', types: {}, variables: () => ({}), mayBy: READERS },
  'Query.webhook': {
    text: 'webhook(id: $id) { id name }',
    types: ID,
    variables: (id) => ({ id: id('id', 'webhook') }),
    mayBy: ALL_READERS,
  },
  'Query.event': { text: 'event(id: $id) { id type }', types: ID, variables: (id) => ({ id: id('id', 'event') }), mayBy: READERS },
  'Query.delivery': {
    text: 'delivery(id: $id) { id status }',
    types: ID,
    variables: (id) => ({ id: id('id', 'delivery') }),
    mayBy: ALL_READERS,
  },
  'Mutation.createOrganization': {
    text: 'createOrganization(input: $input) { id }',
    types: { input: 'CreateOrganizationInput!' },
    variables: () => ({ input: { name: 'Made by a call' } }),
    mayBy: [],
  },
  'Mutation.createApiKey': {
    text: 'createApiKey(input: $input) { apiKey { hint } }',
    types: { input: 'CreateApiKeyInput!' },
    variables: (id) => ({ input: { organizationId: id('input.organizationId', 'organization'), name: 'A key', scopes: ['READ'] } }),
    mayBy: [],
  },
  'Mutation.revokeApiKey': {
    text: 'revokeApiKey(id: $id) { id }',
    types: ID,
    variables: (id) => ({ id: id('id', 'apiKey') }),
    mayBy: [],
  },
  'Mutation.createStreamToken': {
    text: 'createStreamToken(input: $input) { expiresAt }',
    types: { input: 'CreateStreamTokenInput!' },
    variables: (id) => ({
      input: { organizationId: id('input.organizationId', 'organization'), webhookId: id('input.webhookId', 'webhook') },
    }),
    mayBy: ['READ', 'MANAGE'],
  },
  'Mutation.registerEventType': {
    text: 'registerEventType(input: $input) { name }',
    types: { input: 'RegisterEventTypeInput!' },
    variables: (id) => ({ input: { organizationId: id('input.organizationId', 'organization'), name: 'seat_taken' } }),
    mayBy: ['MANAGE'],
  },
  'Mutation.createWebhook': {
    text: 'createWebhook(input: $input) { id }',
    types: { input: 'CreateWebhookInput!' },
    variables: (id) => ({ input: { organizationId: id('input.organizationId', 'organization'), name: 'Made by a call', hooks: [] } }),
    mayBy: ['MANAGE'],
  },
  'Mutation.importWebhook': {
    text: 'importWebhook(organizationId: $organizationId, configuration: $configuration) { id }',
    types: { organizationId: 'ID', configuration: 'JSON!' },
    variables: (id) => ({
      organizationId: id('organizationId', 'organization'),
      configuration: { name: 'Imported', description: '', hooks: [], authentication: null },
    }),
    mayBy: ['MANAGE'],
  },
  'Mutation.updateWebhook': {
    text: 'updateWebhook(id: $id, input: $input) { id }',
    types: { id: 'ID!', input: 'UpdateWebhookInput!' },
    variables: (id) => ({ id: id('id', 'webhook'), input: { hooks: [{ id: id('input.hooks.id', 'hook'), endpoint }] } }),
    mayBy: ['MANAGE'],
  },
  'Mutation.deleteWebhook': {
    text: 'deleteWebhook(id: $id)',
    types: ID,
    variables: (id) => ({ id: id('id', 'webhook') }),
    mayBy: ['MANAGE'],
  },
  'Mutation.pauseHook': { text: 'pauseHook(id: $id) { id }', types: ID, variables: (id) => ({ id: id('id', 'hook') }), mayBy: ['MANAGE'] },
  'Mutation.resumeHook': {
    text: 'resumeHook(id: $id) { id }',
    types: ID,
    variables: (id) => ({ id: id('id', 'hook') }),
    mayBy: ['MANAGE'],
  },
  'Mutation.sendTestEvent': {
    text: 'sendTestEvent(hookId: $hookId) { id }',
    types: { hookId: 'ID!' },
    variables: (id) => ({ hookId: id('hookId', 'hook') }),
    mayBy: ['MANAGE'],
  },
  'Mutation.retryDelivery': {
    text: 'retryDelivery(id: $id) { id }',
    types: ID,
    variables: (id) => ({ id: id('id', 'delivery') }),
    mayBy: ['MANAGE'],
  },
  'Mutation.cancelDelivery': {
    text: 'cancelDelivery(id: $id) { id }',
    types: ID,
    variables: (id) => ({ id: id('id', 'delivery') }),
    mayBy: ['MANAGE'],
  },
  'Mutation.publishEvent': {
    text: 'publishEvent(input: $input) { event { id type payload createdAt } duplicate }',
    types: { input: 'PublishEventInput!' },
    variables: (id) => ({ input: { organizationId: id('input.organizationId', 'organization'), type: 'order_created', payload: {} } }),
    mayBy: ['PUBLISH'],
  },
  'Mutation.publishEvents': {
    text: 'publishEvents(input: $input) { event { id } duplicate }',
    types: { input: 'PublishEventsInput!' },
    variables: (id) => ({
      input: { organizationId: id('input.organizationId', 'organization'), events: [{ type: 'order_created', payload: {} }] },
    }),
    mayBy: ['PUBLISH'],
  },
  ...Object.fromEntries(
    ['deliveryAttempts', 'deliveryResults'].map((name): [string, Call] => [
      `Subscription.${name}`,
      {
        text: `${name}(organizationId: $organizationId, webhookId: $webhookId, hookId: $hookId, eventId: $eventId, after: "${NO_CURSOR}") { cursor }`,
        types: { organizationId: 'ID!', webhookId: 'ID', hookId: 'ID', eventId: 'ID' },
        variables: (id) => ({
          organizationId: id('organizationId', 'organization'),
          webhookId: id('webhookId', 'webhook'),
          hookId: id('hookId', 'hook'),
          eventId: id('eventId', 'event'),
        }),
        mayBy: ALL_READERS,
      },
    ]),
  ),
  'Subscription.hookHealth': {
    text: `hookHealth(organizationId: $organizationId, webhookId: $webhookId, hookId: $hookId, after: "${NO_CURSOR}") { cursor }`,
    types: { organizationId: 'ID!', webhookId: 'ID', hookId: 'ID' },
    variables: (id) => ({
      organizationId: id('organizationId', 'organization'),
      webhookId: id('webhookId', 'webhook'),
      hookId: id('hookId', 'hook'),
    }),
    mayBy: ALL_READERS,
  },
  'Subscription.eventProgress': {
    text: 'eventProgress(eventId: $eventId) { cursor }',
    types: { eventId: 'ID!' },
    variables: (id) => ({ eventId: id('eventId', 'event') }),
    mayBy: READERS,
  },
};

/** A call as an operation of GraphQL. */
export function operationOf(coordinate: string): string {
  const { text, types } = calls[coordinate]!;
  const variables = Object.entries(types).map(([name, type]) => `$${name}: ${type}`);
  const [root] = coordinate.split('.') as [string];
  return `${root.toLowerCase()} ${variables.length === 0 ? '' : `(${variables.join(', ')})`} { ${text} }`;
}
