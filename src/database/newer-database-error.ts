import { StartupError } from '../startup-error.js';
import { VERSION } from '../version.js';
import type { Orm } from './connect.js';

/** The database has migrations that this version does not: a newer one made them. */
export class NewerDatabaseError extends StartupError {
  override readonly name = 'NewerDatabaseError';

  constructor(unknown: readonly string[]) {
    const names = unknown.map((name) => `"${name}"`).join(', ');
    super(
      `The database was changed by a newer version of Hookgraph: of the migrations in its table "migrations", this version (${VERSION}) ` +
        `does not know ${names}. Start the version that was running before, or a newer one; or put back a backup from before the update. ` +
        'Nothing was changed.',
    );
  }
}

/** Throws where a migration was run that this version does not have: it would read and write tables that it does not know. */
export function refuseNewerDatabase(orm: Orm, executed: ReadonlyArray<{ name: string }>): void {
  const known = new Set(migrationsOf(orm)!.map((listed) => nameOf(orm, listed)));
  const unknown = executed.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new NewerDatabaseError(unknown);
}

type Listed = NonNullable<ReturnType<typeof migrationsOf>>[number];

function migrationsOf(orm: Orm) {
  return orm.config.get('migrations').migrationsList;
}

/** A migration has its name once it is made. */
function nameOf(orm: Orm, listed: Listed): string {
  return typeof listed === 'function' ? new listed(orm.em.getDriver(), orm.config).name! : listed.name;
}
