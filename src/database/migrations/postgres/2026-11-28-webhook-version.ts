import { Migration } from '@mikro-orm/migrations';

export class WebhookVersionMigration extends Migration {

  override name = '2026-11-28-webhook-version';

  override up(): void | Promise<void> {
    this.addSql(`alter table "webhooks" add "version" int not null default 1;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "webhooks" drop column "version";`);
  }

}
