import { Migration } from '@mikro-orm/migrations';

export class ApiKeysMigration extends Migration {

  override name = '2026-11-28-api-keys';

  override up(): void | Promise<void> {
    this.addSql(`create table \`api_keys\` (\`id\` text not null primary key, \`organization_id\` text not null, \`name\` text not null, \`hash\` text not null, \`hint\` text not null, \`scopes\` json not null, \`created_at\` bigint not null, \`expires_at\` bigint null, \`revoked_at\` bigint null, \`last_used_at\` bigint null, constraint \`api_keys_organization_id_foreign\` foreign key (\`organization_id\`) references \`organizations\` (\`id\`));`);
    this.addSql(`create unique index \`api_keys_hash_unique\` on \`api_keys\` (\`hash\`);`);
    this.addSql(`create index \`api_keys_organization_id_id_index\` on \`api_keys\` (\`organization_id\`, \`id\`);`);

    this.addSql(`create table \`stream_tokens\` (\`id\` text not null primary key, \`organization_id\` text not null, \`webhook_id\` text null, \`api_key_id\` text null, \`hash\` text not null, \`created_at\` bigint not null, \`expires_at\` bigint not null, constraint \`stream_tokens_organization_id_foreign\` foreign key (\`organization_id\`) references \`organizations\` (\`id\`), constraint \`stream_tokens_api_key_id_foreign\` foreign key (\`api_key_id\`) references \`api_keys\` (\`id\`) on delete cascade);`);
    this.addSql(`create unique index \`stream_tokens_hash_unique\` on \`stream_tokens\` (\`hash\`);`);
    this.addSql(`create index \`stream_tokens_expires_at_index\` on \`stream_tokens\` (\`expires_at\`);`);
  }

  override down(): void | Promise<void> {

    this.addSql(`drop table if exists \`api_keys\`;`);
    this.addSql(`drop table if exists \`stream_tokens\`;`);
  }

}
