import type { ApolloServerPlugin } from '@apollo/server';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

/** What GraphiQL opens with: the way of a newcomer, from an organization to the live stream. */
const EXAMPLES = `# Hookgraph. Put your admin key into the Headers pane below, then run one operation after the other.
# Each needs an id from the answer before: fill it into the Variables pane.

query Organizations {
  organizations(first: 10) {
    edges {
      node {
        id
        name
        webhooks { edges { node { id name } } }
      }
    }
  }
}

mutation CreateOrganization {
  createOrganization(input: { name: "Acme Tickets" }) { id name }
}

mutation ImportWebhook($organizationId: ID!, $configuration: JSON!) {
  importWebhook(organizationId: $organizationId, configuration: $configuration) {
    id
    name
    signingSecret
    hooks { edges { node { id type method endpoint } } }
  }
}

# Start this one in a tab of its own, then publish.
subscription DeliveryAttempts($organizationId: ID!) {
  deliveryAttempts(organizationId: $organizationId) {
    cursor
    attempt {
      number
      durationMs
      delivery { status event { type } hook { endpoint } }
      outcome {
        __typename
        ... on ResponseReceived { status body }
        ... on TimedOut { message }
        ... on ConnectionFailed { code message }
        ... on AddressRefused { message }
        ... on AuthenticationFailed { message }
      }
    }
  }
}

mutation PublishEvent($organizationId: ID!) {
  publishEvent(input: { organizationId: $organizationId, type: "order_created", payload: { orderId: "ord-77" } }) {
    duplicate
    event { id type createdAt }
  }
}

query Deliveries($organizationId: ID!) {
  organization(id: $organizationId) {
    deliveries(first: 10) {
      edges {
        node {
          id
          status
          attemptCount
          nextAttemptAt
          event { type payload }
          attempts { edges { node { number startedAt durationMs request { headers { name value } body } } } }
        }
      }
    }
  }
}
`;

/** GraphiQL for browsers at the API's own path, with nothing loaded from elsewhere. */
export function graphiqlPlugin(): ApolloServerPlugin {
  const html = renderGraphiQL({
    title: 'Hookgraph',
    endpoint: '/graphql',
    subscriptionsProtocol: 'WS',
    defaultQuery: EXAMPLES,
    headers: JSON.stringify({ Authorization: 'Bearer <your admin key>' }, null, 2),
  });
  return {
    serverWillStart: async () => ({ renderLandingPage: async () => ({ html }) }),
  };
}
