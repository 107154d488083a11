import { cacheExchange, Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';

const { URL: url = '', KEY: key = '', ORGANIZATION_ID: organizationId = '', OPERATIONS = '' } = process.env;
const operations = JSON.parse(OPERATIONS) as Record<'organization' | 'watch' | 'publish' | 'twoMutations' | 'large', string>;

// urql prints objects itself, their keys sorted and their numbers as JavaScript has them.
const payload = { total: 19.99, price: 10.5, big: Number.MAX_SAFE_INTEGER };

// By which method the server was asked, call by call.
const methods: string[] = [];
const { fetch } = globalThis;
globalThis.fetch = (input, init) => {
  methods.push(init?.method ?? 'GET');
  return fetch(input, init);
};

// As the README has it.
const headers = { Authorization: `Bearer ${key}` };
const socket = createClient({ url: url.replace('http', 'ws'), connectionParams: headers });
const client = new Client({
  url,
  fetchOptions: { headers },
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});

const { data: organizationData, error: organizationError } = await client.query(operations.organization, { id: organizationId });
if (organizationError !== undefined) throw organizationError;
const { streamCursor, ...organization } = organizationData.organization;

const noticed = new Promise((resolve, reject) => {
  client.subscription(operations.watch, { organizationId, after: streamCursor }).subscribe(({ data, error }) => {
    if (error === undefined) resolve(data.deliveryAttempts.attempt);
    else reject(error);
  });
});
const published = await client.mutation(operations.publish, { organizationId, payload });
const two = await client.mutation(operations.twoMutations, { organizationId });
const large = await client.query(operations.large, { id: organizationId });

const result = {
  organization,
  published: published.data?.publishEvent.event ?? String(published.error),
  attempt: published.error === undefined ? await noticed : null,
  two: { data: two.data, codes: two.error?.graphQLErrors.map(({ extensions }) => extensions.code) },
  large: large.data?.organization.id ?? String(large.error),
  methods,
};
console.log(JSON.stringify(result));
process.exit();
