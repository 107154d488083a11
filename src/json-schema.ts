import type { ErrorObject } from 'ajv';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import { describe, type Fault } from './errors.js';

/** Finds what is wrong with a value, each fault with its path below `root`; an empty list when nothing is. */
export type Validate = (value: unknown, root: string) => Fault[];

/** The most faults of one value that are told: a list of 10,000 wrong items should not make an answer of 10,000 sentences. */
const FAULT_LIMIT = 20;

const options = { allErrors: true, strict: false, verbose: true, logger: false } as const;

/** They compile the schemas of schemas, which takes 10 to 20 ms, once for all, and hold nothing of what they judge. */
const judges = { draft7: new Ajv(options), draft2020: new Ajv2020(options) };

/**
 * Compiles a JSON Schema, draft 2020-12 unless its `$schema` names draft-07. Throws where it is no schema, with ajv's
 * sentence. Each schema has a compiler of its own, so that two that use the same `$id` don't meet.
 */
export function compileJsonSchema(schema: Record<string, unknown> | boolean): Validate {
  const isOld = isDraft7(schema);
  // A promise only for schemas whose own schema is fetched, which neither of these is.
  void judges[isOld ? 'draft7' : 'draft2020'].validateSchema(schema, true);
  const judged = { ...options, validateSchema: false } as const;
  const ajv = isOld ? new Ajv(judged) : new Ajv2020(judged);
  formats.default.default(ajv);
  const validate = ajv.compile(schema);

  return (value, root) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).slice(0, FAULT_LIMIT).map((error) => ({
      path: root + pathOf(error.instancePath) + missingPart(error),
      received: error.keyword === 'required' ? 'nothing' : describe(error.data),
      expected: expectationOf(error),
    }));
  };
}

function isDraft7(schema: Record<string, unknown> | boolean): boolean {
  return typeof schema === 'object' && typeof schema.$schema === 'string' && schema.$schema.includes('draft-07');
}

/** A property that is missing is told at its own place, not at that of its object. */
function missingPart(error: ErrorObject): string {
  return error.keyword === 'required' ? `.${String(error.params.missingProperty)}` : '';
}

/** ajv says "must be string"; after "expected" that reads "to be string". */
function expectationOf(error: ErrorObject): string {
  if (error.keyword === 'required') return 'a value, which the schema requires';
  const sentence = (error.message ?? 'must satisfy the schema').replace(/^must /, 'to ');
  const allowed = error.keyword === 'enum' ? `: ${describe(error.params.allowedValues)}` : '';
  const extra = error.keyword === 'additionalProperties' ? `: ${describe(error.params.additionalProperty)}` : '';
  return sentence + allowed + extra;
}

/** A JSON pointer (`/items/0/price`) as a reader would write it (`.items[0].price`). */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
    .join('');
}
