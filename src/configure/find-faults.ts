import type { z } from 'zod';
import { describe, describeType, type Fault } from '../errors.js';

/** A value that keeps to a schema, or all that is wrong with it. */
export type Checked<Value> = { value: Value; faults: [] } | { value: undefined; faults: Fault[] };

/** The most faults that are told at once: a document may have as many as there are bytes in it. */
export const FAULT_LIMIT = 100;

/** The longest key that an error repeats, in characters. */
const LONGEST_KEY = 80;

/**
 * Keys whose values are never repeated in an error. A value format without its placeholder is often a key that somebody
 * took for one.
 */
const SECRET_KEYS = new Set([
  'client_secret',
  'clientSecret',
  'header_value_format',
  'headerValueFormat',
  'extra_parameters',
  'extraParameters',
]);

/** Checks a value against a schema and tells every fault with its path below `root`, what came and what is expected. */
export function check<Value>(schema: z.ZodType<Value>, value: unknown, root: string): Checked<Value> {
  const read = schema.safeParse(value, { error: (issue) => expectationOf(issue as z.core.$ZodIssue) });
  if (read.success) return { value: read.data, faults: [] };
  const faults = read.error.issues.slice(0, FAULT_LIMIT).flatMap((issue) => faultsOf(issue, value, root));
  return { value: undefined, faults: faults.slice(0, FAULT_LIMIT) };
}

function faultsOf(issue: z.core.$ZodIssue, value: unknown, root: string): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, FAULT_LIMIT).map((key) => ({
      path: pathOf([...issue.path, key], root),
      // A misspelled key may hold the secret, at any depth.
      received: describeType(valueAt(value, [...issue.path, key])),
      expected: 'no such key',
    }));
  }
  const received = valueAt(value, issue.path);
  return [{ path: pathOf(issue.path, root), received: describeReceived(received, issue), expected: issue.message }];
}

/** What came, unless it is a secret or may hold one, as the text of a whole document does. */
function describeReceived(received: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big' && Array.isArray(received)) return `a list of ${received.length}`;
  const isWhole = issue.code === 'invalid_type' && ['object', 'array'].includes(issue.expected);
  if (isWhole || issue.path.some((step) => SECRET_KEYS.has(String(step)))) return describeType(received);
  if (typeof received === 'object' && received !== null) return describeType(received);
  return describe(typeof received === 'string' ? withoutUserInfo(received) : received);
}

/** A URL's user name and password are a secret too. */
function withoutUserInfo(text: string): string {
  return text.replace(/:\/\/.*@/s, '://***@');
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
  const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${shortened(String(step))}`)).join('');
  return root === '' ? path.replace(/^\./, '') : root + path;
}

function shortened(key: string): string {
  return key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key;
}

function valueAt(value: unknown, steps: readonly PropertyKey[]): unknown {
  return steps.reduce<unknown>((inside, step) => (inside as Record<PropertyKey, unknown> | null | undefined)?.[step], value);
}
