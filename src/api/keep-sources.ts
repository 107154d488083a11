import {
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { JsonInput, type JsonSource } from '../json/json-input.js';
import { endOfJsonValue, jsonEntries, skipSpace, withoutSpace } from '../json/json-entries.js';
import { JsonScalar } from '../json/json-scalar.js';

/**
 * Gives the JSON values among an operation's variables the text that the caller wrote, so that what goes out is what came in. `source` is the
 * whole body, valid JSON without repeated keys; the variables are those that were read from it.
 */
export function keepSources(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  { variables, source }: { variables: Record<string, unknown>; source: JsonSource },
): void {
  const start = startOfVariables(source);
  if (start === undefined) return;
  const types = new Map(variableDefinitions.map(({ variable, type }) => [variable.name.value, typeFromAST(schema, type as never)]));
  for (const entry of jsonEntries(source.text, start, source.ends)) {
    const type = types.get(entry.key as string) as GraphQLInputType | undefined;
    if (type !== undefined) variables[entry.key] = withSource(type, variables[entry.key], source, entry.start);
  }
}

function startOfVariables({ text, ends }: JsonSource): number | undefined {
  for (const { key, start } of jsonEntries(text, skipSpace(text, 0), ends)) if (key === 'variables' && text[start] === '{') return start;
  return undefined;
}

/** The value, in which each JSON value has its text. What does not fit the type is left as it is: it is refused when it is read. */
function withSource(type: GraphQLInputType, value: unknown, source: JsonSource, start: number): unknown {
  if (isNonNullType(type)) return withSource(type.ofType, value, source, start);
  if (type === JsonScalar)
    return new JsonInput(value, withoutSpace(source.text.slice(start, endOfJsonValue(source.text, start, source.ends))));
  if (isListType(type)) {
    if (!Array.isArray(value)) return withSource(type.ofType, value, source, start);
    for (const entry of jsonEntries(source.text, start, source.ends))
      value[entry.key as number] = withSource(type.ofType, value[entry.key as number], source, entry.start);
    return value;
  }
  if (!isInputObjectType(type) || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = value as Record<string, unknown>;
  const fields = type.getFields();
  for (const entry of jsonEntries(source.text, start, source.ends)) {
    const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
    if (field !== undefined) given[entry.key] = withSource(field.type, given[entry.key], source, entry.start);
  }
  return value;
}
