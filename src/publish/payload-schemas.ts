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
  readonly #compiled = new Map<string, Validate>();

  /** The validator of a type's payloads; undefined when it takes every payload. */
  validatorOf(eventType: SchemaVersion): Validate | undefined {
    if (eventType.schema === null) return undefined;

    const key = `${eventType.id} ${eventType.version}`;
    const validate = this.#compiled.get(key) ?? compileJsonSchema(eventType.schema);
    this.#compiled.delete(key);
    this.#compiled.set(key, validate);
    if (this.#compiled.size > COMPILED_LIMIT) this.#compiled.delete(this.#compiled.keys().next().value!);
    return validate;
  }
}
