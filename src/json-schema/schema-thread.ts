import { parentPort, workerData } from 'node:worker_threads';
import { BoundedCache } from '../bounded-cache.js';
import { systemClock } from '../clock.js';
import { describe, describeType, type Fault } from '../errors.js';
import { compileJsonSchema, type JsonSchema, type Validate } from './compile-json-schema.js';
import { COMPILED_LIMIT } from './limits.js';
import type { Answer, FromThread, Request, ThreadSettings, ToThread } from './messages.js';
import { SchemaFault } from './schema-fault.js';

// The thread that compiles schemas and holds values against them: whatever a tenant's schema takes, the server goes on meanwhile.
const { progress: memory } = workerData as ThreadSettings;
const progress = new Int32Array(memory);
const port = parentPort!;
const compiled = new BoundedCache<string, Validate>(COMPILED_LIMIT);

// What is done once for all is done before the time of a request begins.
compileJsonSchema({ type: 'object' })('{}');

/** After so much time what is left of a batch goes back, so that others may be put before it. In milliseconds. */
const BATCH_TIME_MS = 20;

port.on('message', (requests: ToThread) => {
  const startedAt = systemClock.elapsed();
  const answers: Answer[] = [];
  for (const { number, request } of requests) {
    if (answers.length > 0 && systemClock.elapsed() - startedAt > BATCH_TIME_MS) break;
    Atomics.store(progress, 0, number);
    answers.push(answer(request));
  }
  Atomics.store(progress, 0, 0);
  port.postMessage(answers satisfies FromThread);
});

function answer(request: Request): Answer {
  try {
    return request.kind === 'REGISTER' ? judge(request) : check(request);
  } catch (error) {
    return { kind: 'FAILED', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function check({ schemaKey, schema, payload }: Request & { kind: 'CHECK' }): Answer {
  let validate = compiled.get(schemaKey);
  if (validate === undefined) {
    if (schema === undefined) return { kind: 'SCHEMA_MISSING' };
    const stored = JSON.parse(schema) as JsonSchema;
    try {
      validate = compileJsonSchema(stored, { isStrict: false });
    } catch (error) {
      return { kind: 'SCHEMA_REFUSED', fault: faultOf(stored, error as Error) };
    }
    compiled.set(schemaKey, validate);
  }
  return checkBy(validate, payload);
}

function checkBy(validate: Validate, text: string): Answer {
  try {
    return { kind: 'CHECKED', faults: validate(text) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'ENDLESS' };
    throw error;
  }
}

function judge({ schema: text, example }: Request & { kind: 'REGISTER' }): Answer {
  const schema = JSON.parse(text) as JsonSchema;
  let validate: Validate;
  try {
    validate = compileJsonSchema(schema);
  } catch (error) {
    return { kind: 'SCHEMA_REFUSED', fault: faultOf(schema, error as Error) };
  }
  // Also without an example the schema is tried once: one that refers to itself without end would break at each publish.
  const checked = checkBy(validate, example ?? 'null');
  if (checked.kind === 'ENDLESS') return { kind: 'SCHEMA_REFUSED', fault: endless(schema) };
  return example === null ? { kind: 'CHECKED', faults: [] } : checked;
}

function faultOf(schema: JsonSchema, error: Error): Fault {
  if (error instanceof SchemaFault) return { path: error.path, received: describe(error.value), expected: error.expected };
  if (error instanceof RangeError) return endless(schema);
  return { path: '', received: describeType(schema), expected: `a valid JSON Schema (${error.message})` };
}

function endless(schema: JsonSchema): Fault {
  return { path: '', received: describeType(schema), expected: 'a JSON Schema that does not refer to itself without end' };
}
