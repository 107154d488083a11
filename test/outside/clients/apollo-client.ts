import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

const { URL: url = '', KEY: key = '', ORGANIZATION_ID: organizationId = '', OPERATIONS = '' } = process.env;
const operations = JSON.parse(OPERATIONS) as Record<'organization' | 'watch' | 'publish' | 'twoMutations' | 'large', string>;

/** A number as it is to be written: neither of those below is one that JavaScript writes so. TypeScript does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
const payload = { total: 19.99, price: rawJSON('10.50'), big: rawJSON('12345678901234567890') };

// As the README has it.
const headers = { Authorization: `Bearer ${key}` };
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(createClient({ url: url.replace('http', 'ws'), connectionParams: headers })),
    new HttpLink({ uri: url, headers }),
  ),
  cache: new InMemoryCache(),
});

const { data: organizationData } = await client.query<any>({ query: gql(operations.organization), variables: { id: organizationId } });
const { streamCursor, ...organization } = organizationData.organization;

const noticed = new Promise((resolve, reject) => {
  client.subscribe<any>({ query: gql(operations.watch), variables: { organizationId, after: streamCursor } }).subscribe({
    next: ({ data, error }) => (error === undefined ? resolve(data.deliveryAttempts.attempt) : reject(error)),
    error: reject,
  });
});
const published = await client.mutate<any>({ mutation: gql(operations.publish), variables: { organizationId, payload } });
// By default a mutation with an error rejects, and the error has the data too.
const two = await client.mutate({ mutation: gql(operations.twoMutations), variables: { organizationId } }).catch((error: unknown) => {
  if (CombinedGraphQLErrors.is(error)) return error;
  throw error;
});
const large = await client
  .query<any>({ query: gql(operations.large), variables: { id: organizationId } })
  .catch((error: unknown) => ({ error }));

const result = {
  organization,
  published: published.data.publishEvent.event,
  attempt: await noticed,
  two: { data: two.data, codes: 'errors' in two ? two.errors.map(({ extensions }) => extensions?.code) : undefined },
  large: 'data' in large ? large.data.organization.id : String(large.error),
};
console.log(JSON.stringify(result));
process.exit();
