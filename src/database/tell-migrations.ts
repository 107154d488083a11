import { setImmediate as turn } from 'node:timers/promises';
import type { Log } from '../log.js';
import type { Orm } from './connect.js';

/** Where it is told what a database is brought up to date with. */
export type MigrationLog = Pick<Log, 'info'>;

/** The migration that makes the first tables, in both databases. */
const FIRST = '2026-11-24-initial';

/**
 * Tells of each migration as it begins and once it is through: on a large database one may take minutes, in which nothing else can be
 * seen of the server. A new database, which begins with the first of them, has no rows to wait for, and nothing is told of it.
 */
export function tellMigrations({ migrator }: Orm, log: MigrationLog): void {
  let isNew = false;
  migrator.on('migrating', async ({ name }) => {
    isNew ||= name === FIRST;
    if (isNew) return;
    log.info({ name }, 'migration.started');
    // SQLite holds this thread up until it is through, and what is logged goes out at the end of a turn.
    await turn();
  });
  migrator.on('migrated', ({ name }) => {
    if (!isNew) log.info({ name }, 'migration.applied');
  });
}
