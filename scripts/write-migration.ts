import { TSMigrationGenerator } from '@mikro-orm/migrations';
import type { Orm } from '../src/database/connect.js';

/** The statements of a migration, and those that take it back. An empty one sets others apart. */
interface Diff {
  up: string[];
  down: string[];
}

/**
 * Leaves triggers alone, which no entity knows of: migrations make them by hand. The ORM takes those of the database for what a
 * migration has removed, and would make them once more when it is taken back, which fails as they are there.
 */
class TriggerlessGenerator extends TSMigrationGenerator {
  override generateMigrationFile(className: string, { up, down }: Diff): string {
    return super.generateMigrationFile(className, { up: withoutTriggers(up), down: withoutTriggers(down) });
  }
}

function withoutTriggers(statements: readonly string[]): string[] {
  const kept = statements.filter((statement) => !/^\s*(?:create|drop) trigger\b/i.test(statement));
  // What set them apart stands twice now, or at an end.
  return kept.filter((statement, index) => statement !== '' || (index > 0 && kept[index - 1] !== '' && index < kept.length - 1));
}

/**
 * Brings the database to today's migrations, and writes into the folder the one that brings it to today's entities. Answers with its
 * file's name, which is empty where there is nothing to write.
 */
export async function writeMigration(orm: Orm, folder: string, name: string): Promise<string> {
  orm.config.set('migrations', { ...orm.config.get('migrations'), generator: TriggerlessGenerator });
  await orm.migrator.up();
  const { fileName } = await orm.migrator.create(folder, false, false, name);
  return fileName;
}
