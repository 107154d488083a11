import type { ApolloServerPlugin } from '@apollo/server';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { type GraphQLSchema, introspectionFromSchema } from 'graphql';
import { examples } from './graphiql-examples.js';

/** What stands in the Headers pane until a key does. */
const KEY_PLACEHOLDER = 'Bearer <your admin key>';

/** GraphiQL for browsers at the API's own path, with nothing loaded from elsewhere. */
export function graphiqlPlugin(): ApolloServerPlugin {
  return {
    async serverWillStart({ schema }) {
      const html = renderPage(schema);
      return { renderLandingPage: async () => ({ html }) };
    },
  };
}

function renderPage(schema: GraphQLSchema): string {
  const headers = JSON.stringify({ Authorization: KEY_PLACEHOLDER }, null, 2);
  const options = {
    title: 'Hookgraph',
    endpoint: '/graphql',
    subscriptionsProtocol: 'WS' as const,
    // GraphiQL's own option, which the types here lack. Given with the page: docs and completion are there before a key is.
    schema: introspectionFromSchema(schema),
    defaultTabs: examples.map(({ query, variables }) => ({
      query,
      variables: variables === undefined ? null : JSON.stringify(variables, null, 2),
      headers,
    })),
    headers,
    // Else the admin key would lie in the browser's storage.
    shouldPersistHeaders: false,
  };
  return addKeySharing(sendHeadersOverWebSocket(renderGraphiQL(options)));
}

/** GraphiQL has headers of requests alone: for a subscription they become the `connectionParams` that carry the key. */
function sendHeadersOverWebSocket(html: string): string {
  return replaceOnce(
    html,
    /(\w+)\?\.connectionParams&&typeof \1\?\.connectionParams=="object"&&\((\w+)=Object\.assign\(\2,\1\.connectionParams\)\)/g,
    '$1?.headers&&($2=Object.assign($2,$1.headers))',
  );
}

/** GraphiQL has headers for each tab: the key that was typed into one of them serves those that still have the placeholder. */
function addKeySharing(html: string): string {
  const script = `<script>
        let typedKey;
        function withTypedKey(headers) {
          if (headers?.Authorization === ${JSON.stringify(KEY_PLACEHOLDER)}) {
            return typedKey === undefined ? headers : { ...headers, Authorization: typedKey };
          }
          typedKey = headers?.Authorization ?? typedKey;
          return headers;
        }
      </script>`;
  const calling = replaceOnce(html, /extensions:\{headers:(\w+)\?\.headers\}/g, 'extensions:{headers:withTypedKey($1?.headers)}');
  return replaceOnce(calling, /<div id="root"><\/div>/g, `$&\n      ${script}`);
}

/** Changes one place of GraphiQL's code; throws, and so stops the start, where another version has not that one place. */
function replaceOnce(html: string, place: RegExp, replacement: string): string {
  const count = html.match(place)?.length;
  if (count !== 1) throw new Error(`GraphiQL has ${count ?? 0} places that fit ${place.source}: expected 1`);
  return html.replace(place, replacement);
}
