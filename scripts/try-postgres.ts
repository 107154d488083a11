import { once } from 'node:events';
import { startLocalPostgres } from './local-postgres.js';

// A PostgreSQL to try several servers on, from a package. Its data goes when it ends.
await using server = await startLocalPostgres({ isDurable: true });
console.log(`PostgreSQL is there until Ctrl-C, and so is what is in it:\n\n  export DATABASE_URL=${server.url}\n`);
await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
