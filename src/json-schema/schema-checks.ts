import { BoundedCache } from '../bounded-cache.js';
import type { Clock } from '../clock.js';
import { describe, type Fault, OverloadedError } from '../errors.js';
import { CheckQueue } from './check-queue.js';
import type { JsonSchema } from './compile-json-schema.js';
import { CHECK_TIME_LIMIT_MS, COMPILED_LIMIT } from './limits.js';
import type { Answer, NoAnswer } from './messages.js';
import { Penalties } from './penalties.js';
import type { StartSchemaThread } from './start-schema-thread.js';

export interface SchemaChecksOptions {
  startThread: StartSchemaThread;
  clock: Clock;
  /** How long one check may take, in milliseconds. */
  timeLimitMs?: number;
}

/** A version of an event type that has a schema. */
export interface SchemaVersion {
  readonly organizationId: string;
  /** The name of the event type, for errors. */
  readonly type: string;
  /** Another one for each version. */
  readonly schemaKey: string;
  readonly schema: JsonSchema;
}

/** How soon a check may be asked for again that was refused because too many wait, in milliseconds. */
const RETRY_AFTER_MS = 1000;

/** A queue with the keys of the schemas that its thread was given, unless it has lost them. */
class SchemaQueue extends CheckQueue {
  readonly sent = new BoundedCache<string, true>(COMPILED_LIMIT);
}

/**
 * Compiles schemas and holds payloads against them, in threads of its own: whatever a schema takes, the server goes on. One check has a
 * second. An organization whose schemas took longer shares a thread with others like it, and with schemas that are registered, so that it
 * is not felt by the rest; and a schema that took longer is left alone for a while.
 */
export class SchemaChecks {
  readonly #timeLimitMs: number;
  /** For the payloads of most organizations. */
  readonly #queue: SchemaQueue;
  /** For what may take long: schemas that nobody has seen yet, and organizations that had one which took long. */
  readonly #slowQueue: SchemaQueue;
  /** By keys of schemas, and of registering for an organization. */
  readonly #penalties: Penalties;
  /** By ids of organizations. */
  readonly #slowOwners: Penalties;

  constructor({ startThread, clock, timeLimitMs = CHECK_TIME_LIMIT_MS }: SchemaChecksOptions) {
    this.#timeLimitMs = timeLimitMs;
    this.#queue = new SchemaQueue({ startThread, clock, timeLimitMs });
    this.#slowQueue = new SchemaQueue({ startThread, clock, timeLimitMs });
    this.#penalties = new Penalties(clock);
    this.#slowOwners = new Penalties(clock);
  }

  /** Holds a payload, as JSON text, against a schema. `path` is where the event stands in the call. Throws an `OverloadedError`. */
  async findPayloadFaults(version: SchemaVersion, payload: string, path: string): Promise<Fault[]> {
    const answer = await this.#check(version, payload);
    const payloadPath = `${path}.payload`;
    const type = describe(version.type);
    switch (answer.kind) {
      case 'CHECKED':
        return answer.faults.map((fault) => ({ ...fault, path: payloadPath + fault.path }));
      case 'ENDLESS': {
        const expected = `a payload that the schema of ${type} can be held against`;
        return [{ path: payloadPath, received: 'one for which the schema refers to itself without end', expected }];
      }
      case 'TOO_COSTLY': {
        const expected = `a payload that the schema of ${type} can check within ${this.#limit()} (simplify the schema by registerEventType, or send less)`;
        return [{ path: payloadPath, received: `one of ${Buffer.byteLength(payload)} bytes that takes longer`, expected }];
      }
      case 'SCHEMA_REFUSED': {
        const { path: place, received, expected } = answer.fault;
        const reason = `its schema${place} should be ${expected}, and is ${received}`;
        return [
          { path: `${path}.type`, received: `${type} (${reason})`, expected: 'an event type whose schema can be used: register it again' },
        ];
      }
      default:
        throw unexpected(answer);
    }
  }

  /** Compiles a schema that is to be registered, and holds its example against it. Throws an `OverloadedError`. */
  async findSchemaFaults(
    organizationId: string,
    { schema, example, path }: { schema: JsonSchema; example: unknown; path: string },
  ): Promise<Fault[]> {
    const key = `register ${organizationId}`;
    const pauseMs = this.#penalties.pauseOf(key);
    if (pauseMs > 0) {
      throw new OverloadedError(
        `The last schema of this organization took more than ${this.#limit()} to compile, so no other is taken for ${inSeconds(pauseMs)}. ` +
          'Nothing was changed; simplify the schema, or try again then.',
        pauseMs,
      );
    }
    const text = JSON.stringify(schema);
    const answer = await this.#slowQueue.ask(organizationId, {
      kind: 'REGISTER',
      schema: text,
      example: example === null || example === undefined ? null : JSON.stringify(example),
    });
    switch (answer.kind) {
      case 'CHECKED':
        return answer.faults.map((fault) => ({ ...fault, path: `${path}.example${fault.path}` }));
      case 'SCHEMA_REFUSED':
        return [{ ...answer.fault, path: `${path}.schema${answer.fault.path}` }];
      case 'TOO_COSTLY': {
        this.#penalties.add(key);
        const expected = `a JSON Schema that compiles, and checks its example, within ${this.#limit()}: one with fewer properties, combinations or references`;
        return [{ path: `${path}.schema`, received: `one of ${Buffer.byteLength(text)} bytes that takes longer`, expected }];
      }
      default:
        throw unexpected(answer);
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all([this.#queue.close(), this.#slowQueue.close()]);
  }

  async #check(version: SchemaVersion, payload: string): Promise<Answer | NoAnswer> {
    const { organizationId, schemaKey } = version;
    for (;;) {
      this.#refusePaused(version);
      const queue = this.#slowOwners.has(organizationId) ? this.#slowQueue : this.#queue;
      const isSent = queue.sent.has(schemaKey);
      if (!isSent) queue.sent.set(schemaKey, true);
      const schema = isSent ? {} : { schema: JSON.stringify(version.schema) };
      const answer = await queue.ask(organizationId, { kind: 'CHECK', schemaKey, ...schema, payload });
      if (answer.kind === 'TOO_COSTLY') {
        this.#penalties.add(schemaKey);
        this.#slowOwners.add(organizationId);
        // What waits behind it is asked for again: where it is for the same schema, it is refused, and the rest goes to the other thread.
        queue.withdraw(organizationId);
      }
      // The thread was started anew since, or has had many schemas.
      const isLost = answer.kind === 'SCHEMA_MISSING' || (!isSent && answer.kind !== 'CHECKED');
      if (isLost) queue.sent.delete(schemaKey);
      if (answer.kind !== 'SCHEMA_MISSING' && answer.kind !== 'WITHDRAWN') return answer;
    }
  }

  #refusePaused({ type, schemaKey }: SchemaVersion): void {
    const pauseMs = this.#penalties.pauseOf(schemaKey);
    if (pauseMs === 0) return;
    throw new OverloadedError(
      `The schema of ${describe(type)} took more than ${this.#limit()} to check a payload, so none is held against it for ${inSeconds(pauseMs)}. ` +
        'Nothing was changed; simplify the schema by registerEventType, or try again then.',
      pauseMs,
    );
  }

  #limit(): string {
    return inSeconds(this.#timeLimitMs);
  }
}

function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 100) / 10} s`;
}

function unexpected(answer: Answer | NoAnswer): Error {
  if (answer.kind === 'OVERLOADED') {
    return new OverloadedError('Too many checks of this organization wait, or take long. Nothing was changed; try again.', RETRY_AFTER_MS);
  }
  return new Error(`A schema could not be used: ${answer.kind === 'FAILED' ? answer.message : answer.kind}`);
}
