import type { StorageFault } from './storage-fault.js';

/** PostgreSQL can't be used at start; whoever starts the server can mend that. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(url: string, { reason, error }: StorageFault) {
    const { host, pathname } = new URL(url);
    super(`PostgreSQL at ${host}${pathname} cannot be used: ${reason} (${error.message}).`, { cause: error });
  }
}
