import { Migration } from '@mikro-orm/migrations';

/** As they were described when this migration was written. */
const operationalTypes = {
  hook_failing: 'Every attempt of a hook has failed for a while. Told again from time to time, until it recovers or is switched off.',
  hook_disabled: 'A hook was switched off: its receiver is gone (GONE), or every attempt has failed for too long (FAILING).',
  hook_recovered: 'A hook that was failing has succeeded again.',
  delivery_failed: 'A delivery has failed for good: the last attempt of its schedule failed.',
};

export class HookControlMigration extends Migration {

  override name = '2026-11-24-hook-control';

  override up(): void | Promise<void> {
    this.addSql(`create table \`hook_health_changes\` (\`sequence\` integer not null primary key autoincrement, \`organization_id\` text not null, \`webhook_id\` text not null, \`hook_id\` text not null, \`status\` text not null, \`since\` bigint null, \`disabled_reason\` text null, \`disables_at\` bigint null, \`changed_at\` bigint not null);`);
    this.addSql(`create index \`hook_health_changes_organization_id_sequence_index\` on \`hook_health_changes\` (\`organization_id\`, \`sequence\`);`);

    this.addSql(`alter table \`events\` add column \`ordering_key\` text null;`);
    this.addSql(`alter table \`events\` add column \`is_test\` integer not null default false;`);

    this.addSql(`create index \`idempotency_keys_created_at_index\` on \`idempotency_keys\` (\`created_at\`);`);

    this.addSql(`alter table \`hooks\` add column \`in_flight_limit\` integer not null default 16;`);
    this.addSql(`alter table \`hooks\` add column \`rate_limit\` json null;`);
    this.addSql(`alter table \`hooks\` add column \`ordering\` text not null default 'NONE';`);
    this.addSql(`alter table \`hooks\` add column \`status_changed_at\` bigint not null default '0';`);
    this.addSql(`alter table \`hooks\` add column \`disabled_reason\` text null;`);
    this.addSql(`alter table \`hooks\` add column \`failing_since\` bigint null;`);
    this.addSql(`alter table \`hooks\` add column \`warning_count\` integer not null default 0;`);

    this.addSql(`alter table \`deliveries\` add column \`ordering_key\` text null;`);
    this.addSql(`drop index "deliveries_due_index";`);
    this.addSql(`create index "deliveries_open_index" on "deliveries" ("hook_id", "status", "next_attempt_at", "id") where "next_attempt_at" is not null;`);
    this.addSql(`create index "deliveries_order_index" on "deliveries" ("hook_id", "ordering_key", "id") where "ordering_key" is not null and "next_attempt_at" is not null;`);
    this.addSql(`create unique index "deliveries_head_unique" on "deliveries" ("hook_id", "ordering_key") where "ordering_key" is not null and "next_attempt_at" < 8640000000000000;`);

    // The types of the server's own events, for the organizations that are there; new ones get them when they are made.
    for (const [name, description] of Object.entries(operationalTypes)) {
      this.addSql(`insert or ignore into event_types (id, organization_id, name, description, schema, example, version, created_at, updated_at)
        select lower(substr(o.id, 1, 14) || '7' || substr(hex(randomblob(2)), 2, 3) || '-a' || substr(hex(randomblob(2)), 2, 3) || '-' || hex(randomblob(6))),
        o.id, '${name}', '${description}', null, null, 1, o.created_at, o.created_at from organizations as o;`);
    }
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists \`hook_health_changes\`;`);

    this.addSql(`delete from event_types where name in ('${Object.keys(operationalTypes).join("', '")}');`);

    this.addSql(`drop index "deliveries_open_index";`);
    this.addSql(`create index "deliveries_due_index" on "deliveries" ("hook_id", "next_attempt_at", "id") where "next_attempt_at" is not null;`);
    this.addSql(`drop index \`deliveries_order_index\`;`);
    this.addSql(`drop index \`deliveries_head_unique\`;`);
    this.addSql(`alter table \`deliveries\` drop column \`ordering_key\`;`);

    this.addSql(`alter table \`events\` drop column \`ordering_key\`;`);
    this.addSql(`alter table \`events\` drop column \`is_test\`;`);

    this.addSql(`alter table \`hooks\` drop column \`in_flight_limit\`;`);
    this.addSql(`alter table \`hooks\` drop column \`rate_limit\`;`);
    this.addSql(`alter table \`hooks\` drop column \`ordering\`;`);
    this.addSql(`alter table \`hooks\` drop column \`status_changed_at\`;`);
    this.addSql(`alter table \`hooks\` drop column \`disabled_reason\`;`);
    this.addSql(`alter table \`hooks\` drop column \`failing_since\`;`);
    this.addSql(`alter table \`hooks\` drop column \`warning_count\`;`);

    this.addSql(`drop index \`idempotency_keys_created_at_index\`;`);
  }

}
