import { StartupError } from '../startup-error.js';

/** The keys that are set don't open what is stored. Whoever starts the server can mend that, and nobody else. */
export class WrongKeysError extends StartupError {
  override readonly name = 'WrongKeysError';
}
