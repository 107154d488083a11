import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { findInexactNumber } from './exact-json.js';

/**
 * Any JSON value. Written into a query, a number that a double can't hold exactly is refused, as it is in a request's
 * body: a payload goes out as it came in, or not at all.
 */
export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value: an object, a list, a string, a number, a boolean or null.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral(node, variables) {
    refuseInexactNumbers(node);
    return valueFromASTUntyped(node, variables);
  },
});

function refuseInexactNumbers(node: ValueNode): void {
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) {
    const inexact = findInexactNumber(node.value);
    if (inexact !== undefined) {
      throw new GraphQLError(`JSON can't hold the number ${inexact} exactly: expected a number that a double holds, or a string.`, {
        nodes: node,
      });
    }
  }
  if (node.kind === Kind.LIST) node.values.forEach(refuseInexactNumbers);
  if (node.kind === Kind.OBJECT) node.fields.forEach(({ value }) => refuseInexactNumbers(value));
}
