import { getNullableType, type GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { tellEnumValues } from './enum-values.js';
import { completeNeeds } from './needs.js';
import { ApiKeyResolver } from './resolvers/api-key-resolver.js';
import { AttemptRequestResolver, AttemptResolver, ResponseReceivedResolver } from './resolvers/attempt-resolver.js';
import { AuthenticationResolver } from './resolvers/authentication-resolver.js';
import { DeliveryResolver } from './resolvers/delivery-resolver.js';
import { EventResolver } from './resolvers/event-resolver.js';
import { HookResolver } from './resolvers/hook-resolver.js';
import { OrganizationResolver } from './resolvers/organization-resolver.js';
import { SubscriptionResolver } from './resolvers/subscription-resolver.js';
import { WebhookResolver } from './resolvers/webhook-resolver.js';

/** The schema of the API; `schema.graphql` is its print. */
export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      OrganizationResolver,
      WebhookResolver,
      AuthenticationResolver,
      HookResolver,
      EventResolver,
      DeliveryResolver,
      AttemptResolver,
      ResponseReceivedResolver,
      AttemptRequestResolver,
      ApiKeyResolver,
      SubscriptionResolver,
    ],
    // Inputs are checked where they are used, by rules that documents share.
    validate: false,
    // Apollo checks the schema when it starts; type-graphql would ask for all of it once more.
    skipCheck: true,
    // Each subscription brings its own stream; type-graphql asks for this all the same.
    pubSub: { publish: refusePubSub, subscribe: refusePubSub },
  });
  // The roots have no class that could carry a description.
  schema.getQueryType()!.description = 'What is there: by id, or page by page.';
  schema.getMutationType()!.description =
    'What changes something. Each answers once the change is on disk, or changes nothing. Of several in one operation each fails alone: it is null then, and `errors` has its path.';
  schema.getSubscriptionType()!.description = 'What happens, as it happens: over WebSocket, by the protocol graphql-transport-ws.';
  failAlone(schema);
  completeNeeds(schema);
  tellEnumValues(schema);
  return schema;
}

/**
 * Makes each field of the mutation nullable. The error of one that is not takes the whole answer with it, and so the answers of those
 * before it, which are on disk, and keeps those after it from being run (GraphQL, section 6.4.4).
 */
function failAlone(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()!.getFields())) field.type = getNullableType(field.type);
}

function refusePubSub(): never {
  throw new Error('Subscriptions follow the feed; there are no topics to publish to.');
}
