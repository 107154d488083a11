import type { GraphQLSchema } from 'graphql';
import type { Need } from '../api-keys/caller.js';

/** Where a query, a mutation or a subscription begins: what its caller must be allowed. Each root field stands here. */
const ofRoots: Record<'Query' | 'Mutation' | 'Subscription', Record<string, readonly Need[]>> = {
  Query: {
    organization: ['READ', 'ORGANIZATION'],
    organizations: ['READ', 'ORGANIZATION'],
    webhook: ['READ'],
    event: ['READ', 'ORGANIZATION'],
    delivery: ['READ'],
  },
  Mutation: {
    createOrganization: ['ADMIN'],
    createApiKey: ['ADMIN'],
    revokeApiKey: ['ADMIN'],
    createStreamToken: ['TOKENS'],
    registerEventType: ['MANAGE'],
    createWebhook: ['MANAGE'],
    importWebhook: ['MANAGE'],
    updateWebhook: ['MANAGE'],
    deleteWebhook: ['MANAGE'],
    pauseHook: ['MANAGE'],
    resumeHook: ['MANAGE'],
    sendTestEvent: ['MANAGE'],
    retryDelivery: ['MANAGE'],
    cancelDelivery: ['MANAGE'],
    publishEvent: ['PUBLISH'],
    publishEvents: ['PUBLISH'],
  },
  Subscription: {
    deliveryAttempts: ['READ'],
    deliveryResults: ['READ'],
    hookHealth: ['READ'],
    eventProgress: ['READ', 'ORGANIZATION'],
  },
};

/** Fields of other types that need something else than READ. */
const ofFields: Record<string, readonly Need[]> = {
  'Webhook.signingSecret': ['READ', 'SECRETS'],
  'Organization.apiKeys': ['MANAGE'],
  'Organization.auditLog': ['MANAGE'],
  // Who watches a single webhook sees what belongs to it, and not what lies around it.
  'Webhook.organization': ['READ', 'ORGANIZATION'],
  'Event.organization': ['READ', 'ORGANIZATION'],
  'Event.deliveries': ['READ', 'ORGANIZATION'],
  // What somebody sees who has just published it, or was just given it.
  'PublishEventResult.event': [],
  'PublishEventResult.duplicate': [],
  'Event.id': [],
  'Event.type': [],
  'Event.payload': [],
  'Event.orderingKey': [],
  'Event.isTest': [],
  'Event.createdAt': [],
  'GivenStreamToken.token': [],
  'GivenStreamToken.expiresAt': [],
};

/** What a field of no list needs, so that one that was forgotten is not open to everybody. */
const BY_DEFAULT: readonly Need[] = ['READ'];

/** What a field needs of whoever asks for it. What every schema has, such as `__typename`, needs a valid key and no more. */
export function needsOf(typeName: string, fieldName: string): readonly Need[] {
  if (fieldName.startsWith('__') || typeName.startsWith('__')) return [];
  if (isRoot(typeName)) return ofRoots[typeName][fieldName]!;
  return ofFields[`${typeName}.${fieldName}`] ?? BY_DEFAULT;
}

/** Throws where a root field is in no list, or a list names a field that is not there; and writes into descriptions what is needed. */
export function completeNeeds(schema: GraphQLSchema): void {
  for (const [typeName, needs] of Object.entries(ofRoots)) {
    const fields = fieldsOf(schema, typeName);
    const names = new Set([...Object.keys(fields), ...Object.keys(needs)]);
    for (const name of names) {
      const field = fields[name];
      const ofField = needs[name];
      if (field === undefined) throw new Error(`api/needs.ts has the field ${typeName}.${name}, and the schema has not.`);
      if (ofField === undefined) throw new Error(`The field ${typeName}.${name} is in no list of api/needs.ts.`);
      field.description = `${field.description} ${sentenceOf(ofField)}`;
    }
  }
  for (const [coordinate, needs] of Object.entries(ofFields)) {
    const [typeName, name] = coordinate.split('.') as [string, string];
    const field = fieldsOf(schema, typeName)[name];
    if (field === undefined) throw new Error(`api/needs.ts has the field ${coordinate}, and the schema has not.`);
    if (needs.some((need) => need === 'SECRETS' || need === 'MANAGE')) field.description = `${field.description} ${sentenceOf(needs)}`;
  }
}

function fieldsOf(schema: GraphQLSchema, typeName: string) {
  const type = schema.getType(typeName);
  return type !== undefined && 'getFields' in type ? type.getFields() : {};
}

/** What is needed, for the docs: `Needs the scopes READ and SECRETS.` */
function sentenceOf(needs: readonly Need[]): string {
  if (needs.includes('ADMIN')) return 'Needs the admin key.';
  if (needs.includes('TOKENS')) return 'Needs a key with the scope READ.';
  const scopes = needs.filter((need) => need !== 'ORGANIZATION');
  const words = `Needs the ${scopes.length === 1 ? 'scope' : 'scopes'} ${scopes.join(' and ')}`;
  return needs.includes('ORGANIZATION') ? `${words}, and not by a token for one webhook.` : `${words}.`;
}

function isRoot(typeName: string): typeName is keyof typeof ofRoots {
  return Object.hasOwn(ofRoots, typeName);
}
