import type { GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { AttemptRequestResolver, AttemptResolver } from './resolvers/attempt-resolver.js';
import { DeliveryResolver } from './resolvers/delivery-resolver.js';
import { EventResolver } from './resolvers/event-resolver.js';
import { HookResolver } from './resolvers/hook-resolver.js';
import { OrganizationResolver } from './resolvers/organization-resolver.js';
import { SubscriptionResolver } from './resolvers/subscription-resolver.js';
import { WebhookResolver } from './resolvers/webhook-resolver.js';

/** The schema of the API; `schema.graphql` is its print. */
export function createSchema(): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [
      OrganizationResolver,
      WebhookResolver,
      HookResolver,
      EventResolver,
      DeliveryResolver,
      AttemptResolver,
      AttemptRequestResolver,
      SubscriptionResolver,
    ],
    // Inputs are checked where they are used, by rules that documents share.
    validate: false,
    // Each subscription brings its own stream; type-graphql asks for this all the same.
    pubSub: { publish: refusePubSub, subscribe: refusePubSub },
  });
}

function refusePubSub(): never {
  throw new Error('Subscriptions follow the feed; there are no topics to publish to.');
}
