import type { Fault } from '../errors.js';

/** What a schema is asked to do; values and schemas are JSON texts. */
export type Request =
  /** Whether a schema may be registered, and whether its example keeps to it; `example` is null where there is none. */
  | { readonly kind: 'REGISTER'; readonly schema: string; readonly example: string | null }
  /** Whether a payload keeps to a schema. `schema` is left out where the thread has been given the one of this key. */
  | { readonly kind: 'CHECK'; readonly schemaKey: string; readonly schema?: string; readonly payload: string };

/** To the thread: a request with its number, under which the memory of `ThreadSettings` shows that it is being worked on. */
export interface NumberedRequest {
  readonly number: number;
  readonly request: Request;
}

/** What came of a request. */
export type Answer =
  /** What is wrong with the payload or the example; the paths are within it. */
  | { readonly kind: 'CHECKED'; readonly faults: readonly Fault[] }
  /** What is wrong with the schema; the path is within it. */
  | { readonly kind: 'SCHEMA_REFUSED'; readonly fault: Fault }
  /** The schema refers to itself, and this value never brings it to an end. */
  | { readonly kind: 'ENDLESS' }
  /** The thread does not have the schema of this key any more. */
  | { readonly kind: 'SCHEMA_MISSING' }
  /** It took longer, or more memory, than a check may. */
  | { readonly kind: 'TOO_COSTLY' }
  /** A fault of ours. */
  | { readonly kind: 'FAILED'; readonly message: string };

/** Why a request was not worked on. */
export type NoAnswer =
  /** It waited too long, or too many of its owner wait. */
  | { readonly kind: 'OVERLOADED' }
  /** It was taken out of the queue that it was in. */
  | { readonly kind: 'WITHDRAWN' };

/** To the thread: what to work on, in this order. */
export type ToThread = readonly NumberedRequest[];

/** From the thread: the answers to the first requests of those that it was sent. It has not begun the rest. */
export type FromThread = readonly Answer[];

/** What the thread is made with. */
export interface ThreadSettings {
  /** One 32-bit number: that of the request which is worked on, and 0 between the batches. */
  readonly progress: SharedArrayBuffer;
}
