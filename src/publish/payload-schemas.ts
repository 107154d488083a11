import { BoundedCache } from '../bounded-cache.js';
import { compileJsonSchema, type Validate } from '../json-schema.js';

/** How many compiled schemas are kept; the least recently used go first. */
const COMPILED_LIMIT = 1000;

interface SchemaVersion {
  readonly id: string;
  readonly version: number;
  readonly schema: Record<string, unknown> | boolean | null;
}

/** The validators of event types, compiled once for each version of a type. */
export class PayloadSchemas {
  readonly #compiled = new BoundedCache<string, Validate>(COMPILED_LIMIT);

  /** The validator of a type's payloads; undefined when it takes every payload. */
  validatorOf(eventType: SchemaVersion): Validate | undefined {
    const { id, version, schema } = eventType;
    if (schema === null) return undefined;
    return this.#compiled.getOrMake(`${id} ${version}`, () => compileJsonSchema(schema));
  }
}
