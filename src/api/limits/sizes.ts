import { type FieldNode, type GraphQLField, Kind, type ObjectValueNode, type ValueNode, type VariableDefinitionNode } from 'graphql';
import { PAGE_LIMIT } from '../paging.js';
import type { ListAsGiven } from './weights.js';

/** How many times something comes, with the variables of a request. At least once. */
export type SizeIn = (variables: Record<string, unknown>) => number;

export const ONCE: SizeIn = () => 1;

export interface Sizes {
  /** Of a page, by its argument `first`. A number where it stands in the text. */
  ofPage(node: FieldNode, field: GraphQLField<unknown, unknown>): number | SizeIn;
  /** Of a list that is as long as the list in an argument's field. */
  asGiven(node: FieldNode, given: ListAsGiven): number | SizeIn;
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
    asGiven(node, { argument, field, limit, itemsPerWeight }) {
      // More than the limit is refused where the list is read, with words of its own.
      const sizeOfLength = (length: number) => Math.max(Math.min(length, limit) / itemsPerWeight, 1);
      const read = {
        ofNode: (list: ValueNode | undefined) => sizeOfLength(list?.kind === Kind.LIST ? list.values.length : 1),
        ofValue: (list: unknown) => sizeOfLength(Array.isArray(list) ? list.length : 1),
      };
      const whole = argumentOf(node, argument);
      if (whole?.kind === Kind.OBJECT) return sizeOf(fieldOf(whole, field), read);
      return sizeOf(whole, {
        ofNode: (given) => read.ofNode(given?.kind === Kind.OBJECT ? fieldOf(given, field) : undefined),
        ofValue: (given) => read.ofValue((given as Record<string, unknown> | null)?.[field]),
      });
    },
  };
}

function argumentOf({ arguments: given = [] }: FieldNode, argument: string): ValueNode | undefined {
  return given.find(({ name }) => name.value === argument)?.value;
}

function fieldOf({ fields }: ObjectValueNode, field: string): ValueNode | undefined {
  return fields.find(({ name }) => name.value === field)?.value;
}

/** What is no size of a page is refused when the page is read; so is one over the limit. */
function clamp(size: unknown): number {
  return typeof size === 'number' ? Math.min(Math.max(size, 1), PAGE_LIMIT) : 1;
}
