import { Migration } from '@mikro-orm/migrations';

export class AuditRecordsMigration extends Migration {

  override name = '2026-11-28-audit-records';

  override up(): void | Promise<void> {
    this.addSql(`create table "audit_records" ("id" uuid not null, "organization_id" uuid not null, "changed_at" bigint not null, "action" text not null, "actor" json not null, "address" text null, "subject" json not null, "before" json null, "after" json null, primary key ("id"));`);
    this.addSql(`create index "audit_records_organization_id_id_index" on "audit_records" ("organization_id", "id");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "audit_records" cascade;`);
  }

}
