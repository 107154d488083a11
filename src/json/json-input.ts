import { findInexactNumber } from './exact-json.js';
import { badInput } from '../errors.js';

import type { KnownEnds } from './json-entries.js';

/** A JSON text, and the ends of its largest lists and objects, which take long to be found. */
export interface JsonSource {
  text: string;
  ends: KnownEnds;
}

/** A JSON value that a caller gave, and its text as the caller wrote it. */
export class JsonInput {
  readonly #value: unknown;
  readonly #source: string | undefined;

  /** Without `source`, JSON.stringify writes the same text, or the value came in a GraphQL literal, which is no JSON. */
  constructor(value: unknown, source?: string) {
    this.#value = value;
    this.#source = source;
  }

  /** The text, without white space between values. */
  get text(): string {
    return this.#source ?? JSON.stringify(this.#value);
  }

  /** The value. Throws a BAD_USER_INPUT error that names `path` where a double does not hold one of its numbers exactly. */
  exactValue(path: string): unknown {
    const inexact = this.#source === undefined ? undefined : findInexactNumber(this.#source);
    if (inexact === undefined) return this.#value;
    throw badInput([{ path, received: `the number ${inexact.slice(0, 80)}`, expected: 'numbers that a double holds exactly, or strings' }]);
  }

  /** The value, for where it becomes part of another one. Numbers are as near as a double comes to them. */
  get value(): unknown {
    return this.#value;
  }
}
