import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { findInexactNumber } from './exact-json.js';
import { JsonInput } from './json-input.js';

/**
 * Any JSON value. As an input it is a `JsonInput`, which has its text: what came as a variable goes out as it was written. Written into a query it is
 * no JSON but a GraphQL literal, which has a value alone: a number that a double can't hold exactly is refused there.
 */
export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value: an object, a list, a string, a number, a boolean or null.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value,
  parseValue: (value) => (value instanceof JsonInput ? value : new JsonInput(value)),
  parseLiteral(node, variables) {
    refuseInexactNumbers(node);
    const values = Object.entries(variables ?? {}).map(([name, value]) => [name, value instanceof JsonInput ? value.value : value]);
    return new JsonInput(valueFromASTUntyped(node, Object.fromEntries(values)));
  },
});

function refuseInexactNumbers(node: ValueNode): void {
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) {
    const inexact = findInexactNumber(node.value);
    if (inexact !== undefined) {
      throw new GraphQLError(`JSON can't hold the number ${inexact} exactly: give the value as a variable, or the number as a string.`, {
        nodes: node,
      });
    }
  }
  if (node.kind === Kind.LIST) node.values.forEach(refuseInexactNumbers);
  if (node.kind === Kind.OBJECT) node.fields.forEach(({ value }) => refuseInexactNumbers(value));
}
