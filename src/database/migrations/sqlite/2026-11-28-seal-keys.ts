import { Migration } from '@mikro-orm/migrations';

export class SealKeysMigration extends Migration {

  override name = '2026-11-28-seal-keys';

  override up(): void | Promise<void> {
    this.addSql(`create table \`seal_keys\` (\`id\` text not null primary key, \`specimen\` text not null, \`retired_at\` bigint null);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`seal_keys\`;`);
  }

}
