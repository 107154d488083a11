import { Migration } from '@mikro-orm/migrations';

export class ApiKeysMigration extends Migration {

  override name = '2026-11-28-api-keys';

  override up(): void | Promise<void> {
    this.addSql(`create table "api_keys" ("id" uuid not null, "organization_id" uuid not null, "name" text not null, "hash" text not null, "hint" text not null, "scopes" json not null, "created_at" bigint not null, "expires_at" bigint null, "revoked_at" bigint null, "last_used_at" bigint null, primary key ("id"));`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_hash_unique" unique ("hash");`);
    this.addSql(`create index "api_keys_organization_id_id_index" on "api_keys" ("organization_id", "id");`);

    this.addSql(`create table "stream_tokens" ("id" uuid not null, "organization_id" uuid not null, "webhook_id" uuid null, "api_key_id" uuid null, "hash" text not null, "created_at" bigint not null, "expires_at" bigint not null, primary key ("id"));`);
    this.addSql(`alter table "stream_tokens" add constraint "stream_tokens_hash_unique" unique ("hash");`);
    this.addSql(`create index "stream_tokens_expires_at_index" on "stream_tokens" ("expires_at");`);

    this.addSql(`alter table "api_keys" add constraint "api_keys_organization_id_foreign" foreign key ("organization_id") references "organizations" ("id");`);

    this.addSql(`alter table "stream_tokens" add constraint "stream_tokens_organization_id_foreign" foreign key ("organization_id") references "organizations" ("id");`);
    this.addSql(`alter table "stream_tokens" add constraint "stream_tokens_api_key_id_foreign" foreign key ("api_key_id") references "api_keys" ("id") on delete cascade;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "stream_tokens" drop constraint "stream_tokens_api_key_id_foreign";`);

    this.addSql(`drop table if exists "api_keys" cascade;`);
    this.addSql(`drop table if exists "stream_tokens" cascade;`);
  }

}
