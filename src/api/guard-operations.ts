import type { ApolloServerPlugin, GraphQLRequestListener } from '@apollo/server';
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { Context } from './context.js';
import { DocumentNeeds } from './document-needs.js';
import { GRAPHQL_PATH } from './graphql-path.js';
import { keepSources } from './keep-sources.js';
import { DocumentLimits } from './limits/document-limits.js';
import type { Refusals } from './limits/refusals.js';
import { asGraphqlError, secondsOf } from './refusal.js';

/** Whose errors they are: who turns them into an answer is told no more than the error. */
export type RequestIds = WeakMap<Error, string>;

/**
 * Before any of an operation over HTTP is resolved, it is held against what its caller may and against the limits. One plugin with one
 * listener for all requests, since each of either takes promises of every request.
 */
export function guardOperations(
  schema: GraphQLSchema,
  { requestIds, refusals }: { requestIds: RequestIds; refusals: Refusals },
): ApolloServerPlugin<Context> {
  const needs = new DocumentNeeds(schema);
  const limits = new DocumentLimits(schema);
  const listener: GraphQLRequestListener<Context> = {
    async didResolveOperation({ contextValue, document, operation, operationName, request }) {
      // Over HTTP a subscription would answer with nothing and say nothing.
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw subscriptionElsewhere();
      const refusal =
        needs.findRefusal(contextValue.caller, document, operationName) ?? limits.findExcess(document, operationName, request.variables);
      if (refusal !== undefined) throw asGraphqlError(refusal);
      const { bodySource } = contextValue;
      if (bodySource !== undefined) keepSources(schema, operation!, { variables: request.variables ?? {}, source: bodySource });
    },

    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) requestIds.set(error, contextValue.requestId);
    },

    // What is refused while it is resolved, as a publish is of which there are too many, has its status as if it had been refused before.
    async willSendResponse({ response: { body, http } }) {
      if (body.kind !== 'single' || body.singleResult.errors === undefined) return;
      const { data, errors } = body.singleResult;
      const overloaded = errors.find(({ extensions }) => extensions?.code === 'OVERLOADED');
      if (overloaded === undefined) return;
      refusals.note('OPERATIONS');
      http.headers.set('retry-after', secondsOf(overloaded.extensions!.retryAfterMs as number));
      if (hasNothing(data) && errors.every(({ extensions }) => extensions?.code === 'OVERLOADED')) http.status = 503;
    },
  };
  return { requestDidStart: async () => listener };
}

/** Whether no field of the operation was answered, its `__typename` aside. */
function hasNothing(data: Record<string, unknown> | null | undefined): boolean {
  return Object.entries(data ?? {}).every(([name, value]) => value === null || name === '__typename');
}

function subscriptionElsewhere(): GraphQLError {
  return new GraphQLError(`Subscriptions are served over WebSocket at ${GRAPHQL_PATH}, by the protocol graphql-transport-ws.`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}
