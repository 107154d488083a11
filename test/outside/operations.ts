/** What each of the clients is to do, by name. */
export const operations = {
  organization: 'query Organization($id: ID!) { organization(id: $id) { id name streamCursor } }',
  watch: `subscription Watch($organizationId: ID!, $after: String) {
    deliveryAttempts(organizationId: $organizationId, after: $after) {
      cursor
      attempt { number outcome { ... on ResponseReceived { status } } delivery { status event { type } } }
    }
  }`,
  publish: `mutation Publish($organizationId: ID!, $payload: JSON!) {
    publishEvent(input: { organizationId: $organizationId, type: "order_created", payload: $payload }) { event { id type } }
  }`,
  twoMutations: `mutation TwoMutations($organizationId: ID!) {
    kept: createOrganization(input: { name: "Kept" }) { name }
    refused: publishEvent(input: { organizationId: $organizationId, type: "no_such_type", payload: 1 }) { duplicate }
  }`,
  /** It weighs 39,145 of the 40,000 that one may, and would be over it if the names of types that clients add weighed something. */
  large: `query Large($id: ID!) {
    organization(id: $id) {
      id
      deliveries(first: 100) {
        edges { node { id status attempts(first: 31) { edges { node { id number durationMs } } } } }
      }
    }
  }`,
};
