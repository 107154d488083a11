import { type ErrorObject, Ajv, type Options } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, type Fault, shorten } from '../errors.js';
import { equalityKeywords } from './equality-keywords.js';
import { SpelledJson } from './spelled-json.js';
import { formatKeyword } from './formats.js';
import { compileLinearPattern, NonlinearPatternError } from './linear-pattern.js';
import { type Checked, numberKeywords } from './number-keywords.js';
import { pathOf, SchemaFault } from './schema-fault.js';
import { unevaluatedProperties } from './unevaluated-properties.js';

/** Finds what is wrong with a value, given as JSON text, each fault with its path within it; an empty list when nothing is. */
export type Validate = (text: string) => Fault[];

export type JsonSchema = Record<string, unknown> | boolean;

/** How a schema is compiled. */
export interface CompileOptions {
  /**
   * Whether the schema is judged, and refused where something in it can't be checked as it should be. One that was registered is
   * taken, though it may have been before that was so: its unknown formats allow everything, and its patterns are matched by
   * JavaScript's engine where RE2's can't.
   */
  isStrict: boolean;
}

/** The most faults of one value that are told: a list of 10,000 wrong items should not make an answer of 10,000 sentences. */
const FAULT_LIMIT = 20;

const options = { allErrors: true, strict: false, verbose: true, logger: false } satisfies Options;

/**
 * The drafts, by how `$schema` names them without scheme and fragment. What judges schemas compiles the schemas of schemas, which takes
 * 10 to 20 ms, once for all, and holds nothing of what it judges.
 */
const drafts = new Map([
  ['json-schema.org/draft-07/schema', { Compiler: Ajv, judge: new Ajv(options) }],
  ['json-schema.org/draft/2019-09/schema', { Compiler: Ajv2019, judge: new Ajv2019(options) }],
  ['json-schema.org/draft/2020-12/schema', { Compiler: Ajv2020, judge: new Ajv2020(options) }],
]);

const LATEST = 'json-schema.org/draft/2020-12/schema';

/**
 * Compiles a JSON Schema, by the draft that its `$schema` names, and by 2020-12 where it names none. Throws a `SchemaFault` where something in
 * it can't be checked, and where it is no schema, an error with ajv's sentence. Each schema has a compiler of its own, so that two
 * that use the same `$id` don't meet.
 */
export function compileJsonSchema(schema: JsonSchema, { isStrict }: CompileOptions = { isStrict: true }): Validate {
  const { Compiler, judge } = draftOf(schema);
  const unnamed = typeof schema === 'boolean' ? schema : withoutDraft(schema);
  if (isStrict) {
    refuseProto(schema);
    // A promise only for schemas whose own schema is fetched, which none of these is.
    void judge.validateSchema(unnamed, true);
  }
  // What is checked at the moment; it is there before anything reads it.
  const checked = {} as Checked;
  const ajv = new Compiler({
    ...options,
    validateSchema: false,
    // Nothing that objects have of themselves, as `constructor`, is a property of a payload.
    ownProperties: true,
    // A number that is no double stands in the value as another one.
    strictNumbers: false,
    code: { regExp: patternEngine(schema, isStrict) },
  });
  const ours = [
    ...numberKeywords(checked),
    ...equalityKeywords(checked),
    formatKeyword(checked, { isStrict }),
    ...unevaluatedProperties(ajv),
  ];
  for (const keyword of ours) ajv.removeKeyword(keyword.keyword as string).addKeyword(keyword);
  const validate = ajv.compile(unnamed);

  return (text) => {
    const json = new SpelledJson(text);
    checked.json = json;
    const { root, value } = json;
    const isValid = validate(value, {
      instancePath: '',
      parentData: root,
      parentDataProperty: '',
      rootData: value as object,
      dynamicAnchors: {},
    });
    if (isValid) return [];
    return (validate.errors ?? []).slice(0, FAULT_LIMIT).map((error) => ({
      path: pathOf(error.instancePath) + missingPart(error),
      received: error.keyword === 'required' ? 'nothing' : shorten(writeAt(json, error)),
      expected: expectationOf(error),
    }));
  };
}

function draftOf(schema: JsonSchema) {
  const named = typeof schema === 'object' && schema.$schema !== undefined ? schema.$schema : `https://${LATEST}`;
  const draft = typeof named === 'string' ? drafts.get(named.replace(/^https?:\/\//, '').replace(/#$/, '')) : undefined;
  if (draft === undefined) {
    throw new SchemaFault('.$schema', named, `the address of draft-07, 2019-09 or 2020-12: ${[...drafts.keys()].join(', ')}`);
  }
  return draft;
}

function withoutDraft(schema: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'));
}

/** ajv passes this name over. */
function refuseProto(value: unknown, path = ''): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = path + pathOf(`/${escapeStep(key)}`);
    if (key === '__proto__')
      throw new SchemaFault(innerPath, inner, 'no such name: it means something else in JavaScript, and is not checked');
    refuseProto(inner, innerPath);
  }
}

/** ajv asks for each pattern once. */
function patternEngine(schema: JsonSchema, isStrict: boolean) {
  const engine = (pattern: string) => {
    try {
      const compiled = compileLinearPattern(pattern);
      // ajv tells patterns apart by their texts.
      return { test: (text: string) => compiled.test(text), toString: () => pattern };
    } catch (error) {
      if (!(error instanceof NonlinearPatternError)) throw error;
      if (!isStrict) return new RegExp(pattern, 'u');
      const path = findPattern(schema, pattern) ?? '';
      throw new SchemaFault(path, pattern, `a pattern ${error.message}, since patterns are matched in linear time (as by RE2)`, {
        cause: error,
      });
    }
  };
  // Only a schema that is written out as code would need it.
  return Object.assign(engine, { code: 'compileLinearPattern' });
}

/** Where a pattern first stands in a schema. */
function findPattern(value: unknown, pattern: string, path = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = path + pathOf(`/${escapeStep(key)}`);
    if (key === pattern || (key === 'pattern' && inner === pattern)) return innerPath;
    const found = findPattern(inner, pattern, innerPath);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A key as a step of a JSON pointer. */
function escapeStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A property that is missing is told at its own place, not at that of its object. */
function missingPart(error: ErrorObject): string {
  return error.keyword === 'required' ? `.${String(error.params.missingProperty)}` : '';
}

/** What stands where an error is, as JSON, with its numbers as they came. */
function writeAt(json: SpelledJson, { instancePath, data, propertyName }: ErrorObject): string {
  if (propertyName !== undefined) return JSON.stringify(data);
  let holder: object = json.root;
  let key = '';
  for (const step of instancePath.split('/').slice(1)) {
    holder = (holder as Record<string, object>)[key]!;
    key = step.replaceAll('~1', '/').replaceAll('~0', '~');
  }
  return json.write(data, holder, key);
}

/** ajv says "must be string"; after "expected" that reads "to be string". */
function expectationOf(error: ErrorObject): string {
  if (error.keyword === 'required') return 'a value, which the schema requires';
  const sentence = (error.message ?? 'must satisfy the schema').replace(/^must /, 'to ');
  const allowed = error.keyword === 'enum' ? `: ${describe(error.schema)}` : '';
  const extra = error.keyword === 'additionalProperties' ? `: ${describe(error.params.additionalProperty)}` : '';
  return sentence + allowed + extra;
}
