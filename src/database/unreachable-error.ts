import { StartupError } from '../startup-error.js';
import { POOLER_ADVICE } from './pooler-advice.js';
import type { StorageFault } from './storage-fault.js';

/** PostgreSQL can't be used at start; whoever starts the server can mend that. */
export class UnreachableError extends StartupError {
  override readonly name = 'UnreachableError';

  constructor(url: string, { reason, error }: StorageFault) {
    const { host, pathname } = new URL(url);
    // What PgBouncer says to the time limit that a connection asks for, which only one that is this server's own can have.
    const advice = error.message.startsWith('unsupported startup parameter') ? ` ${POOLER_ADVICE}` : '';
    super(`PostgreSQL at ${host}${pathname} cannot be used: ${reason} (${error.message}).${advice}`, { cause: error });
  }
}
