import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { startLocalPostgres } from './local-postgres.js';

// A PostgreSQL to try several servers on, from a package. Its data goes when it ends.
await using server = await startLocalPostgres({ isDurable: true });
const encryptionKey = randomBytes(32).toString('base64');
console.log(
  `PostgreSQL is there until Ctrl-C, and so is what is in it:\n\n  export DATABASE_URL=${server.url}\n  export ENCRYPTION_KEYS=${encryptionKey}\n`,
);
await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
