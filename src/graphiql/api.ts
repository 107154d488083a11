import type { ExecutionResult } from 'graphql';

/** An operation as GraphiQL gives it to its fetcher. */
export interface Operation {
  query: string;
  variables?: Record<string, unknown> | null;
  operationName?: string | null;
}

export type Headers = Readonly<Record<string, string>>;

/** An answer of the API, or why there is none, in the form of an answer. */
export type Answer = Pick<ExecutionResult<Record<string, unknown>>, 'data'> & { errors?: readonly AnswerError[] };

export interface AnswerError {
  message: string;
  extensions?: Record<string, unknown>;
}

/** The page is served at the API's own path, also behind a proxy that puts a prefix before it. */
export const apiPath = location.pathname;

/** Sends a query or a mutation. Never rejects: what went wrong is in the errors, where GraphiQL shows it. */
export async function ask(operation: Operation, headers: Headers): Promise<Answer> {
  const sent = asHttpHeaders({ 'content-type': 'application/json', ...headers });
  if (sent === undefined)
    return failure('The key or a header has a character that no HTTP header can hold: expected letters, digits and signs of ASCII.');
  try {
    const response = await fetch(apiPath, { method: 'POST', headers: sent, body: JSON.stringify(operation) });
    return (await response.json()) as Answer;
  } catch (error) {
    return failure(`The server at ${location.origin} did not answer: ${(error as Error).message}. Check that it is running.`);
  }
}

/** An answer with one error of our own. */
export function failure(message: string, extensions?: Record<string, unknown>): Answer {
  return { errors: [extensions === undefined ? { message } : { message, extensions }] };
}

function asHttpHeaders(headers: Headers): globalThis.Headers | undefined {
  try {
    return new globalThis.Headers(headers);
  } catch {
    return undefined;
  }
}
