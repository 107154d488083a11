import {
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
  parse,
  validate,
} from 'graphql';
import { BoundedCache } from '../bounded-cache.js';
import { CallerError } from '../errors.js';
import { GRAPHQL_PATH } from './graphql-path.js';
import { tooNested } from './limits/document-limits.js';
import { PARSED_WORDS } from './limits/document-words.js';
import { ERRORS_LIMIT } from './limits/limits.js';
import { asGraphqlError } from './refusal.js';

/** How many texts are kept, and how long one may be that is, in characters: who watches asks for the same as others. */
const KEPT_TEXTS = 100;
const KEPT_LENGTH = 4096;

/** Reads what clients ask for. A text that many send is parsed and judged once, and its document is there once. */
export class SubscriptionReader {
  readonly #schema: GraphQLSchema;
  readonly #documents = new BoundedCache<string, DocumentNode>(KEPT_TEXTS);

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The subscription that a client's text asks for, or what is wrong with it. */
  read(query: string, operationName: string | null | undefined): ExecutionArgs | GraphQLError[] {
    const document = this.#documents.get(query) ?? this.#parse(query);
    if (Array.isArray(document)) return document;

    const operation = getOperationAST(document, operationName);
    if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
      const options = { maxCoercionErrors: ERRORS_LIMIT };
      return { schema: this.#schema, document, operationName: operationName ?? null, options };
    }
    const message =
      operation == null
        ? 'Expected one operation, or the name of one of them as operationName.'
        : `Over WebSocket, expected a subscription, received a ${operation.operation}: queries and mutations are served over HTTP at ${GRAPHQL_PATH}.`;
    return [asGraphqlError(new CallerError('BAD_USER_INPUT', message))];
  }

  /** The valid document, or its errors. */
  #parse(query: string): DocumentNode | GraphQLError[] {
    let document;
    try {
      document = parse(query, { maxTokens: PARSED_WORDS });
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      // The parser runs out of stack before it can say what is wrong.
      return [asGraphqlError(tooNested)];
    }
    const errors = validate(this.#schema, document, undefined, { maxErrors: ERRORS_LIMIT });
    if (errors.length > 0) return [...errors];

    if (query.length <= KEPT_LENGTH) this.#documents.set(query, document);
    return document;
  }
}
