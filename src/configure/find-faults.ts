import type { z } from 'zod';
import { describe, describeType, type Fault } from '../errors.js';

/** A value that keeps to a schema, or all that is wrong with it. */
export type Checked<Value> = { value: Value; faults: [] } | { value: undefined; faults: Fault[] };

/** Keys whose values are never repeated in an error. */
const SECRET_KEYS = new Set(['client_secret', 'clientSecret']);

/** Checks a value against a schema and tells every fault with its path below `root`, what came and what is expected. */
export function check<Value>(schema: z.ZodType<Value>, value: unknown, root: string): Checked<Value> {
  const read = schema.safeParse(value, { error: (issue) => expectationOf(issue as z.core.$ZodIssue) });
  if (read.success) return { value: read.data, faults: [] };
  return { value: undefined, faults: read.error.issues.flatMap((issue) => faultsOf(issue, value, root)) };
}

function faultsOf(issue: z.core.$ZodIssue, value: unknown, root: string): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key], root),
      received: SECRET_KEYS.has(key) ? describeType(valueAt(value, [...issue.path, key])) : describe(valueAt(value, [...issue.path, key])),
      expected: 'no such key',
    }));
  }
  const received = valueAt(value, issue.path);
  const isSecret = issue.path.some((step) => SECRET_KEYS.has(String(step))) || (typeof received === 'object' && received !== null);
  return [{ path: pathOf(issue.path, root), received: isSecret ? describeType(received) : describe(received), expected: issue.message }];
}

/** What the schema asks for, where its rule has no phrase of its own. */
function expectationOf(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return (
        { string: 'a string', object: 'an object', array: 'a list', boolean: 'true or false' }[issue.expected as string] ?? issue.expected
      );
    case 'invalid_value':
      return issue.values.length === 1 ? describe(issue.values[0]) : `one of ${issue.values.map(describe).join(', ')}`;
    default:
      return undefined;
  }
}

/** `hooks[3].endpoint`. */
export function pathOf(steps: readonly PropertyKey[], root: string): string {
  const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return root === '' ? path.replace(/^\./, '') : root + path;
}

function valueAt(value: unknown, steps: readonly PropertyKey[]): unknown {
  return steps.reduce<unknown>((inside, step) => (inside as Record<PropertyKey, unknown> | null | undefined)?.[step], value);
}
