/** The path of everything GraphQL: requests, subscriptions and GraphiQL. */
export const GRAPHQL_PATH = '/graphql';
