import { describe } from '../errors.js';

/** What the server can't take in a schema, which is sound by its draft. */
export class SchemaFault extends Error {
  override readonly name = 'SchemaFault';

  /** `path` is within the schema, `expected` follows "expected". */
  constructor(
    readonly path: string,
    readonly value: unknown,
    readonly expected: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: expected ${expected}, received ${describe(value)}`, options);
  }
}

/** A JSON pointer (`/items/0/price`, or `#/items/0/price`) as a reader would write it (`.items[0].price`). */
export function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
    .join('');
}
