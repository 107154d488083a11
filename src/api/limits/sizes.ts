import { type FieldNode, type GraphQLField, Kind, type ValueNode, type VariableDefinitionNode } from 'graphql';
import { PAGE_LIMIT } from '../paging.js';

/** How many times something comes, with the variables of a request. At least once. */
export type SizeIn = (variables: Record<string, unknown>) => number;

export const ONCE: SizeIn = () => 1;

export interface Sizes {
  /** Of a page, by its argument `first`. A number where it stands in the text. */
  ofPage(node: FieldNode, field: GraphQLField<unknown, unknown>): number | SizeIn;
  /** Of a list that is as long as the list in an argument's field. */
  asGiven(node: FieldNode, given: { argument: string; field: string }): number | SizeIn;
}

/** The sizes in an operation with these variables. */
export function sizesIn(definitions: readonly VariableDefinitionNode[]): Sizes {
  const defaults = new Map(definitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]));

  /** A number or a function of the variables, from what a text has or from what a variable is. */
  function sizeOf(
    node: ValueNode | undefined,
    read: { ofNode: (node: ValueNode | undefined) => number; ofValue: (value: unknown) => number },
  ) {
    if (node?.kind !== Kind.VARIABLE) return read.ofNode(node);
    const name = node.name.value;
    const byDefault = read.ofNode(defaults.get(name));
    return (variables: Record<string, unknown>) => (variables[name] === undefined ? byDefault : read.ofValue(variables[name]));
  }

  return {
    ofPage(node, field) {
      const byDefault = field.args.find(({ name }) => name === 'first')?.defaultValue;
      return sizeOf(argumentOf(node, 'first'), {
        ofNode: (given) => clamp(given?.kind === Kind.INT ? Number(given.value) : byDefault),
        ofValue: clamp,
      });
    },
    asGiven(node, { argument, field }) {
      const whole = argumentOf(node, argument);
      if (whole?.kind === Kind.OBJECT) {
        const list = whole.fields.find(({ name }) => name.value === field)?.value;
        return sizeOf(list, { ofNode: lengthOfNode, ofValue: lengthOf });
      }
      return sizeOf(whole, {
        ofNode: (given) =>
          lengthOfNode(given?.kind === Kind.OBJECT ? given.fields.find(({ name }) => name.value === field)?.value : undefined),
        ofValue: (given) => lengthOf((given as Record<string, unknown> | null)?.[field]),
      });
    },
  };
}

function argumentOf({ arguments: given = [] }: FieldNode, argument: string): ValueNode | undefined {
  return given.find(({ name }) => name.value === argument)?.value;
}

/** What is no size of a page is refused when the page is read; so is one over the limit. */
function clamp(size: unknown): number {
  return typeof size === 'number' ? Math.min(Math.max(size, 1), PAGE_LIMIT) : 1;
}

function lengthOfNode(node: ValueNode | undefined): number {
  return node?.kind === Kind.LIST ? Math.max(node.values.length, 1) : 1;
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? Math.max(list.length, 1) : 1;
}
