import { Migration } from '@mikro-orm/migrations';

export class CatalogVersionMigration extends Migration {

  override name = '2026-11-24-catalog-version';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`organizations\` add column \`catalog_version\` text null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`organizations\` drop column \`catalog_version\`;`);
  }

}
