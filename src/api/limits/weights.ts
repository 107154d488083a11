import type { GraphQLField, GraphQLNamedType } from 'graphql';
import { EVENTS_LIMIT } from '../../publish/publisher.js';

/** What reading one page, or one count, weighs beside what is in it: it is a statement of its own, which is not shared. */
const STATEMENT = 10;

/** What a text weighs that may be as long as a payload, 256 KiB. */
const LONG_TEXT = 20;

const ofFields: Record<string, number> = {
  'Hook.heldCount': STATEMENT,
  'Organization.streamCursor': STATEMENT,
  'Event.payload': LONG_TEXT,
  'AttemptRequest.body': LONG_TEXT,
};

/**
 * A list without pages whose length a caller says: by which argument, what in it has the length, the most that is taken of it, and how
 * many of its items weigh as much as one of a page.
 */
export interface ListAsGiven {
  argument: string;
  field: string;
  limit: number;
  itemsPerWeight: number;
}

/** Published events weigh less than those of a page: nothing is read for them, and their payloads came with the call. */
export const listsAsGiven: Record<string, ListAsGiven> = {
  'Mutation.publishEvents': { argument: 'input', field: 'events', limit: EVENTS_LIMIT, itemsPerWeight: 4 },
};

/** How many times what is in these fields of the schema's introspection comes, about. A type of a type is there now and then. */
const timesInSchema: Record<string, number> = { types: 100, fields: 10, ofType: 0 };

/** For a field of introspection: its lists are short where nothing else is said. */
export function timesOfSchemaField(fieldName: string, isList: boolean): number {
  return timesInSchema[fieldName] ?? (isList ? 2 : 1);
}

/** What a field weighs by itself: one, and more where it takes more than looking at what was read. */
export function weightOf(typeName: string, { name }: GraphQLField<unknown, unknown>, result: GraphQLNamedType): number {
  return ofFields[`${typeName}.${name}`] ?? (isConnection(result) ? STATEMENT : 1);
}

/** Whether a type is a page of a list (`connectionOf` in `paging.ts`), which the argument `first` says the size of. */
export function isConnection({ name }: GraphQLNamedType): boolean {
  return name.endsWith('Connection');
}
