import type { ApolloServerPlugin } from '@apollo/server';
import { type GraphQLSchema, introspectionFromSchema } from 'graphql';
import { examples } from './graphiql-examples.js';
import { FETCHER_SCRIPT, KEY_PLACEHOLDER } from './graphiql-fetcher.js';

/** GraphiQL slides its tabs into place when it opens, and at its first press a tab would jump back from under the pointer. */
const STEADY_TABS = '.graphiql-tab { transform: none !important; }';

/** Stands for the schema in the page until there is one. */
const SCHEMA_PLACE = 'the schema of the server';

/** GraphiQL for browsers at the API's own path, with nothing loaded from elsewhere. */
export function graphiqlPlugin(): ApolloServerPlugin {
  return {
    async serverWillStart({ schema }) {
      let page: Promise<string> | undefined;
      return { renderLandingPage: async () => ({ html: () => (page ??= renderPage(schema)) }) };
    },
  };
}

let aroundSchema: Promise<[before: string, after: string]> | undefined;

/** The page is megabytes long: it is made for the first who asks for it. Whatever the schema is, the rest of it is the same. */
async function renderPage(schema: GraphQLSchema): Promise<string> {
  const [before, after] = await (aroundSchema ??= renderAroundSchema());
  return before + JSON.stringify(introspectionFromSchema(schema)) + after;
}

async function renderAroundSchema(): Promise<[before: string, after: string]> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const headers = JSON.stringify({ Authorization: KEY_PLACEHOLDER }, null, 2);
  const options = {
    title: 'Hookgraph',
    // GraphiQL's own option, which the types here lack. Given with the page: docs and completion are there before a key is.
    schema: SCHEMA_PLACE,
    defaultTabs: examples.map(({ query, variables }) => ({
      query,
      variables: variables === undefined ? null : JSON.stringify(variables, null, 2),
      headers,
    })),
    headers,
    // Else the admin key would lie in the browser's storage.
    shouldPersistHeaders: false,
  };
  let html = renderGraphiQL(options);
  html = replaceOnce(
    html,
    '<div id="root"></div>',
    `<div id="root"></div>\n<style>${STEADY_TABS}</style>\n<script>${FETCHER_SCRIPT}</script>`,
  );
  // The options go into the page as JSON, which has no functions.
  const renderCall = /querySelector\('#root'\),\s*\{/.exec(html)?.[0] ?? 'the render call';
  html = replaceOnce(html, renderCall, `${renderCall}"fetcher":sendOperation,`);
  // It takes a scalar that it does not know for a plain value, and would mark every object of the type JSON as a mistake.
  html = replaceOnce(
    html,
    escaped('["string", "number", "boolean", "integer"]'),
    escaped('["string", "number", "boolean", "object", "array"]'),
  );
  return splitAtOnly(html, JSON.stringify(SCHEMA_PLACE));
}

/** As it stands in the page: its workers are strings there. */
function escaped(code: string): string {
  return JSON.stringify(code).slice(1, -1);
}

/** Changes one place of GraphiQL's page. */
function replaceOnce(html: string, place: string, replacement: string): string {
  return splitAtOnly(html, place).join(replacement);
}

/** What is before the one place and after it; throws where another version has not that one place. */
function splitAtOnly(html: string, place: string): [before: string, after: string] {
  const parts = html.split(place);
  if (parts.length !== 2) throw new Error(`GraphiQL's page has "${place}" ${parts.length - 1} times: expected once`);
  return [parts[0]!, parts[1]!];
}
