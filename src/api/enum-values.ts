import { type GraphQLEnumType, GraphQLError, type GraphQLSchema, isEnumType, isIntrospectionType } from 'graphql';

/** Has whoever gives a value that an enum doesn't have told which ones it has. */
export function tellEnumValues(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) if (isEnumType(type) && !isIntrospectionType(type)) tellValuesOf(type);
}

function tellValuesOf(type: GraphQLEnumType): void {
  const expected = `Expected one of ${type
    .getValues()
    .map(({ name }) => name)
    .join(', ')}.`;
  const [parseValue, parseLiteral] = [type.parseValue.bind(type), type.parseLiteral.bind(type)];
  type.parseValue = (...given) => telling(expected, () => parseValue(...given));
  type.parseLiteral = (...given) => telling(expected, () => parseLiteral(...given));
}

function telling(expected: string, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new GraphQLError(`${error.message} ${expected}`, { nodes: error.nodes });
  }
}
