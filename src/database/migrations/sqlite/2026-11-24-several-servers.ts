import { Migration } from '@mikro-orm/migrations';

export class SeveralServersMigration extends Migration {

  override name = '2026-11-24-several-servers';

  override up(): void | Promise<void> {
    this.addSql(`create table \`server_leases\` (\`server_id\` text not null primary key, \`ends_at\` bigint not null);`);

    this.addSql(`create table \`shards\` (\`number\` integer not null primary key, \`leader_id\` text null, \`epoch\` integer not null);`);

    this.addSql(`create table \`signals\` (\`sequence\` integer not null primary key autoincrement, \`kind\` text not null, \`hook_id\` text not null, \`delivery_id\` text null, \`server_id\` text not null, \`told_at\` bigint not null);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`server_leases\`;`);
    this.addSql(`drop table if exists \`shards\`;`);
    this.addSql(`drop table if exists \`signals\`;`);
  }

}
