import { Kind, type OperationDefinitionNode, OperationTypeNode, parse } from 'graphql';
import type { GraphiQLProps } from 'graphiql';
import { type Answer, ask, failure, type Headers } from './api.js';
import { subscribe } from './subscribe.js';

type Fetcher = GraphiQLProps['fetcher'];

/** GraphiQL's types know neither a list of notices nor how it calls `subscribe`: always with an observer. */
type Fetched = Awaited<ReturnType<Fetcher>>;

/**
 * Sends what GraphiQL runs, with the key of the bar above it; a header `Authorization` in the Headers pane wins over that. `onAnswer`
 * is given each answer to a query or mutation. A new function for each key: GraphiQL reads the schema anew when its fetcher changes.
 */
export function createFetcher(key: string, onAnswer: (answer: Answer) => void): Fetcher {
  return async ({ query, variables, operationName }, { headers: typed = {} } = {}) => {
    const headers: Headers = hasAuthorization(typed) || key === '' ? typed : { Authorization: `Bearer ${key}`, ...typed };
    if (!hasAuthorization(headers)) return failure('Enter a key in the bar at the top: each request to the API needs one.') as Fetched;
    const chosen = findOperation(query, operationName);
    const operation = { query, variables, operationName: chosen === undefined ? operationName : chosen.name?.value };
    if (chosen?.operation === OperationTypeNode.SUBSCRIPTION) return subscribe(operation, headers) as unknown as Fetched;
    const answer = await ask(operation, headers);
    onAnswer(answer);
    return answer as Fetched;
  };
}

function hasAuthorization(headers: Headers): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

/**
 * The operation that is meant: the one of that name, or the only one. GraphiQL learns the name and the document of a tab a moment after
 * it is opened, and gives those of the tab before where it is run at once, so the text is what counts. Undefined where the text does
 * not say; the server's error does then.
 */
function findOperation(query: string, name: string | null | undefined): OperationDefinitionNode | undefined {
  try {
    const operations = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    return operations.find((operation) => operation.name?.value === name) ?? (operations.length === 1 ? operations[0] : undefined);
  } catch {
    return undefined;
  }
}
