import { Migration } from '@mikro-orm/migrations';

export class TokenParametersMigration extends Migration {

  override name = '2026-12-01-token-parameters';

  override up(): void | Promise<void> {
    this.addSql(`alter table "authentications" add "resource" json null, add "extra_parameters" text null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "authentications" drop column "resource", drop column "extra_parameters";`);
  }

}
