import { Migration } from '@mikro-orm/migrations';

export class InitialMigration extends Migration {

  override name = '2026-11-24-initial';

  override up(): void | Promise<void> {
    this.addSql(`create table \`delivery_changes\` (\`sequence\` integer not null primary key autoincrement, \`organization_id\` text not null, \`webhook_id\` text not null, \`hook_id\` text not null, \`event_id\` text not null, \`delivery_id\` text not null, \`type\` text not null, \`status\` text not null, \`attempt_id\` text null, \`changed_at\` bigint not null);`);
    this.addSql(`create index \`delivery_changes_organization_id_sequence_index\` on \`delivery_changes\` (\`organization_id\`, \`sequence\`);`);
    this.addSql(`create index \`delivery_changes_event_id_sequence_index\` on \`delivery_changes\` (\`event_id\`, \`sequence\`);`);

    this.addSql(`create table \`organizations\` (\`id\` text not null primary key, \`name\` text not null, \`created_at\` bigint not null);`);

    this.addSql(`create table \`event_types\` (\`id\` text not null primary key, \`organization_id\` text not null, \`name\` text not null, \`description\` text not null, \`schema\` json null, \`example\` json null, \`version\` integer not null, \`created_at\` bigint not null, \`updated_at\` bigint not null, constraint \`event_types_organization_id_foreign\` foreign key (\`organization_id\`) references \`organizations\` (\`id\`));`);
    this.addSql(`create unique index \`event_types_organization_id_name_unique\` on \`event_types\` (\`organization_id\`, \`name\`);`);

    this.addSql(`create table \`events\` (\`id\` text not null primary key, \`organization_id\` text not null, \`type\` text not null, \`payload\` text not null, \`created_at\` bigint not null, constraint \`events_organization_id_foreign\` foreign key (\`organization_id\`) references \`organizations\` (\`id\`));`);
    this.addSql(`create index \`events_organization_id_id_index\` on \`events\` (\`organization_id\`, \`id\`);`);

    this.addSql(`create table \`idempotency_keys\` (\`organization_id\` text not null, \`key\` text not null, \`event_id\` text not null, \`created_at\` bigint not null, primary key (\`organization_id\`, \`key\`), constraint \`idempotency_keys_event_id_foreign\` foreign key (\`event_id\`) references \`events\` (\`id\`));`);
    this.addSql(`create index \`idempotency_keys_event_id_index\` on \`idempotency_keys\` (\`event_id\`);`);

    this.addSql(`create table \`webhooks\` (\`id\` text not null primary key, \`organization_id\` text not null, \`name\` text not null, \`description\` text not null, \`signing_secret\` text not null, \`created_at\` bigint not null, \`updated_at\` bigint not null, \`deleted_at\` bigint null, constraint \`webhooks_organization_id_foreign\` foreign key (\`organization_id\`) references \`organizations\` (\`id\`));`);
    this.addSql(`create index \`webhooks_organization_id_id_index\` on \`webhooks\` (\`organization_id\`, \`id\`);`);

    this.addSql(`create table \`hooks\` (\`id\` text not null primary key, \`organization_id\` text not null, \`webhook_id\` text not null, \`type\` text not null, \`method\` text not null, \`endpoint\` text not null, \`status\` text not null, \`position\` integer not null, \`created_at\` bigint not null, constraint \`hooks_organization_id_foreign\` foreign key (\`organization_id\`) references \`organizations\` (\`id\`), constraint \`hooks_webhook_id_foreign\` foreign key (\`webhook_id\`) references \`webhooks\` (\`id\`));`);
    this.addSql(`create index \`hooks_organization_id_type_status_index\` on \`hooks\` (\`organization_id\`, \`type\`, \`status\`);`);
    this.addSql(`create index \`hooks_webhook_id_position_index\` on \`hooks\` (\`webhook_id\`, \`position\`);`);

    this.addSql(`create table \`deliveries\` (\`id\` text not null primary key, \`organization_id\` text not null, \`webhook_id\` text not null, \`hook_id\` text not null, \`event_id\` text not null, \`status\` text not null, \`attempt_count\` integer not null, \`next_attempt_at\` bigint null, \`created_at\` bigint not null, \`updated_at\` bigint not null, constraint \`deliveries_hook_id_foreign\` foreign key (\`hook_id\`) references \`hooks\` (\`id\`), constraint \`deliveries_event_id_foreign\` foreign key (\`event_id\`) references \`events\` (\`id\`));`);
    this.addSql(`create index \`deliveries_event_id_index\` on \`deliveries\` (\`event_id\`);`);
    this.addSql(`create index \`deliveries_organization_id_id_index\` on \`deliveries\` (\`organization_id\`, \`id\`);`);
    this.addSql(`create index \`deliveries_webhook_id_id_index\` on \`deliveries\` (\`webhook_id\`, \`id\`);`);
    this.addSql(`create index \`deliveries_hook_id_id_index\` on \`deliveries\` (\`hook_id\`, \`id\`);`);
    this.addSql(`create index "deliveries_due_index" on "deliveries" ("hook_id", "next_attempt_at", "id") where "next_attempt_at" is not null;`);

    this.addSql(`create table \`attempts\` (\`id\` text not null primary key, \`delivery_id\` text not null, \`number\` integer not null, \`started_at\` bigint not null, \`duration_ms\` real not null, \`timing\` json not null, \`request\` json not null, \`outcome\` json not null, constraint \`attempts_delivery_id_foreign\` foreign key (\`delivery_id\`) references \`deliveries\` (\`id\`));`);
    this.addSql(`create index \`attempts_delivery_id_number_index\` on \`attempts\` (\`delivery_id\`, \`number\`);`);

    this.addSql(`create table \`authentications\` (\`id\` text not null primary key, \`webhook_id\` text not null, \`version\` integer not null, \`grant_type\` text not null, \`endpoint\` text not null, \`client_id\` text not null, \`client_secret\` text not null, \`client_authentication\` text not null, \`scope\` text null, \`audience\` text null, \`header_format\` text not null, \`header_value_format\` text not null, constraint \`authentications_webhook_id_foreign\` foreign key (\`webhook_id\`) references \`webhooks\` (\`id\`));`);
    this.addSql(`create unique index \`authentications_webhook_id_unique\` on \`authentications\` (\`webhook_id\`);`);
  }

  override down(): void | Promise<void> {

    this.addSql(`drop table if exists \`delivery_changes\`;`);
    this.addSql(`drop table if exists \`organizations\`;`);
    this.addSql(`drop table if exists \`event_types\`;`);
    this.addSql(`drop table if exists \`events\`;`);
    this.addSql(`drop table if exists \`idempotency_keys\`;`);
    this.addSql(`drop table if exists \`webhooks\`;`);
    this.addSql(`drop table if exists \`hooks\`;`);
    this.addSql(`drop table if exists \`deliveries\`;`);
    this.addSql(`drop table if exists \`attempts\`;`);
    this.addSql(`drop table if exists \`authentications\`;`);
  }

}
