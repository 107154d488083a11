/** Without the ids that `known-ids.ts` fills in. */
interface Example {
  query: string;
  variables?: Record<string, unknown>;
}

/** What GraphiQL opens with, a tab each: the way of a newcomer, from an organization to the record of its deliveries. */
export const examples: readonly Example[] = [
  {
    query: `# Welcome to Hookgraph.
# 1. Enter your admin key in the bar at the top.
# 2. Run the tabs from left to right. The organization
#    that this one creates serves all the others.

mutation CreateOrganization {
  createOrganization(input: { name: "Acme Tickets" }) {
    id
    name
    eventTypes {
      edges {
        node {
          name
          description
        }
      }
    }
  }
}
`,
  },
  {
    query: `# A webhook comes in as a configuration document.
# Let its endpoints be yours (Variables pane).

mutation ImportWebhook(
  $organizationId: ID!
  $configuration: JSON!
) {
  importWebhook(
    organizationId: $organizationId
    configuration: $configuration
  ) {
    id
    name
    signingSecret
    hooks {
      edges {
        node {
          id
          type
          method
          endpoint
        }
      }
    }
  }
}
`,
    variables: {
      configuration: {
        name: 'My first webhook',
        description: 'Tells the shop of its orders',
        hooks: [
          { type: 'order_created', method: 'POST', endpoint: 'https://example.com/hooks/orders' },
          { type: 'order_cancelled', method: 'POST', endpoint: 'https://example.com/hooks/orders' },
        ],
        authentication: null,
      },
    },
  },
  {
    query: `# Answers once the event is on disk, and a delivery
# for each hook of its type.

mutation PublishEvent($organizationId: ID!, $payload: JSON!) {
  publishEvent(
    input: {
      organizationId: $organizationId
      type: "order_created"
      payload: $payload
    }
  ) {
    duplicate
    event {
      id
      createdAt
      deliveries {
        edges {
          node {
            id
            status
          }
        }
      }
    }
  }
}
`,
    variables: { payload: { orderId: 'ord-77', total: 4200 } },
  },
  {
    query: `# Follows the deliveries of the event published last,
# and ends when all of them are final.

subscription EventProgress($eventId: ID!) {
  eventProgress(eventId: $eventId) {
    deliveryCount
    finalCount
    delivery {
      status
      nextAttemptAt
      hook {
        endpoint
      }
    }
    attempt {
      number
      durationMs
      outcome {
        __typename
        ... on ResponseReceived {
          status
        }
      }
    }
  }
}
`,
  },
  {
    query: `# The live stream of all attempts, the newest first.
# Leaving this tab ends it: open a second window, and
# publish from there.

subscription DeliveryAttempts($organizationId: ID!) {
  deliveryAttempts(organizationId: $organizationId) {
    cursor
    attempt {
      number
      durationMs
      delivery {
        id
        status
        nextAttemptAt
        event {
          id
          type
        }
        hook {
          endpoint
        }
      }
      outcome {
        __typename
        ... on ResponseReceived {
          status
          body
        }
        ... on TimedOut {
          message
        }
        ... on ConnectionFailed {
          code
          message
        }
        ... on AddressRefused {
          message
        }
        ... on AuthenticationFailed {
          message
        }
      }
    }
  }
}
`,
  },
  {
    query: `# The record: each delivery with its attempts, and
# what was sent, to the byte.

query Deliveries($organizationId: ID!) {
  organization(id: $organizationId) {
    name
    deliveries(first: 10) {
      edges {
        node {
          id
          status
          nextAttemptAt
          event {
            type
            payload
          }
          attempts {
            edges {
              node {
                number
                startedAt
                request {
                  method
                  url
                  headers {
                    name
                    value
                  }
                  body
                }
                outcome {
                  __typename
                }
              }
            }
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# What is there, for when an id is needed again.

query Organizations {
  organizations {
    edges {
      node {
        id
        name
        webhooks {
          edges {
            node {
              id
              name
            }
          }
        }
      }
    }
  }
}
`,
  },
];
