import { type GraphQLField, type GraphQLNamedType, isLeafType, TypeNameMetaFieldDef } from 'graphql';
import { EVENTS_LIMIT } from '../../publish/publisher.js';

/**
 * What a value weighs that was read with its row: a thing with fields of its own as much as four values. Measured, a statement takes as
 * long as some fifty values, and a row with what is made of it as long as some ten.
 */
const VALUE = 1;
const OBJECT = 4;

/** What reading one page weighs beside what is in it: it is a statement of its own, which is not shared. */
const STATEMENT = 40;

/** What a text weighs that may be as long as a payload, 256 KiB; what is at most 16 KiB of an answer weighs a sixteenth. */
const LONG_TEXT = 80;
const ANSWER_TEXT = LONG_TEXT / 16;

const ofFields: Record<string, number> = {
  // All that are asked for at the same time are counted by one statement, which goes through what is held.
  'Hook.heldCount': OBJECT,
  'Organization.streamCursor': 2 * STATEMENT,
  'Webhook.configuration': 2 * STATEMENT,
  'Event.payload': LONG_TEXT,
  'AttemptRequest.body': LONG_TEXT,
  'EventType.schema': LONG_TEXT,
  'EventType.example': LONG_TEXT,
  'AuditRecord.before': LONG_TEXT,
  'AuditRecord.after': LONG_TEXT,
  'ResponseReceived.body': ANSWER_TEXT,
  'ResponseReceived.headers': ANSWER_TEXT,
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

/**
 * What a field weighs by itself: what a value or an object does, and more where it takes more than looking at what was read. The names
 * of types weigh nothing: clients add them to whatever a person asks for, and nothing is read for them.
 */
export function weightOf(typeName: string, field: GraphQLField<unknown, unknown>, result: GraphQLNamedType): number {
  if (isTypeName(field)) return 0;
  const weight = ofFields[`${typeName}.${field.name}`];
  if (weight !== undefined) return weight;
  if (isConnection(result)) return STATEMENT;
  return isLeafType(result) ? VALUE : OBJECT;
}

/** Whether a field is `__typename`, which every type has. */
export function isTypeName(field: GraphQLField<unknown, unknown>): boolean {
  return field === TypeNameMetaFieldDef;
}

/** Whether a type is a page of a list (`connectionOf` in `paging.ts`), which the argument `first` says the size of. */
export function isConnection({ name }: GraphQLNamedType): boolean {
  return name.endsWith('Connection');
}
