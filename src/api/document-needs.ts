import { type DocumentNode, getOperationAST, type GraphQLSchema, separateOperations, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { Caller, Need } from '../api-keys/caller.js';
import { CallerError } from '../errors.js';
import { needsOf } from './needs.js';

/** What something that is asked for needs, by the field that needs it first. */
type Needs = ReadonlyMap<Need, string>;

const NOTHING: Needs = new Map();

/**
 * Finds out what operations need, once for each document: by all their fields, whatever they are called, in fragments too, and
 * whether a directive leaves them out or not.
 */
export class DocumentNeeds {
  readonly #schema: GraphQLSchema;
  readonly #known = new WeakMap<DocumentNode, Map<string, Needs>>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** A FORBIDDEN error where a valid operation has something in it that the caller may not. */
  findRefusal(caller: Caller, document: DocumentNode, operationName: string | null | undefined): CallerError | undefined {
    for (const [need, field] of this.#of(document, operationName)) {
      if (!caller.may.has(need)) return new CallerError('FORBIDDEN', sentenceOf(caller, need, field));
    }
    return undefined;
  }

  #of(document: DocumentNode, operationName: string | null | undefined): Needs {
    const operation = getOperationAST(document, operationName);
    // Which one is meant is not said, and so none is run.
    if (operation == null) return NOTHING;
    const name = operation.name?.value ?? '';
    const ofDocument = this.#known.get(document) ?? new Map<string, Needs>();
    this.#known.set(document, ofDocument);
    let needs = ofDocument.get(name);
    if (needs === undefined) {
      needs = this.#read(separateOperations(document)[name]!);
      ofDocument.set(name, needs);
    }
    return needs;
  }

  #read(operation: DocumentNode): Needs {
    const needs = new Map<Need, string>();
    const types = new TypeInfo(this.#schema);
    const enter = ({ name }: { name: { value: string } }) => {
      const typeName = types.getParentType()!.name;
      for (const need of needsOf(typeName, name.value)) {
        if (!needs.has(need)) needs.set(need, `${typeName}.${name.value}`);
      }
    };
    visit(operation, visitWithTypeInfo(types, { Field: enter }));
    return needs;
  }
}

function sentenceOf(caller: Caller, need: Need, field: string): string {
  switch (need) {
    case 'ADMIN':
      return `${field} needs the admin key, received ${nounOf(caller)}.`;
    case 'TOKENS':
      return `${field} needs a key with the scope READ, received ${nounOf(caller)}.`;
    case 'ORGANIZATION':
      return `${field} needs a key or a token for the whole organization, received ${nounOf(caller)}.`;
    default:
      return `${field} needs the scope ${need}, received ${nounOf(caller)}.`;
  }
}

const SCOPES: readonly Need[] = ['READ', 'PUBLISH', 'MANAGE', 'SECRETS'];

function nounOf({ kind, may, webhookId }: Caller): string {
  if (kind === 'STREAM_TOKEN') return webhookId === null ? 'a stream token' : 'a stream token for one webhook';
  return `a key with ${SCOPES.filter((scope) => may.has(scope)).join(', ')}`;
}
