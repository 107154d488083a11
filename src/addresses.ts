import type { Config } from './config.js';

/** What a person wants to know once the server runs: where to go, and where the key for that is. */
export function describeAddresses(
  url: string,
  config: Pick<Config, 'role' | 'graphiql' | 'introspection' | 'adminApiKey' | 'dataDir'>,
): string {
  const hasApi = config.role !== 'dispatcher';
  const rows = [
    ...(hasApi && config.graphiql && config.introspection ? [['GraphiQL', `${url}/graphql  in a browser`]] : []),
    ...(hasApi ? [['API', `${url}/graphql  GraphQL by POST, subscriptions over WebSocket`]] : []),
    ['Health', `${url}/health`],
    ...(hasApi
      ? [['Admin key', config.adminApiKey === undefined ? `in ${config.dataDir}/admin-api-key` : 'the one in ADMIN_API_KEY']]
      : []),
  ];
  return `Hookgraph is running.\n\n${rows.map(([name, value]) => `  ${name!.padEnd(9)}  ${value}`).join('\n')}\n`;
}
