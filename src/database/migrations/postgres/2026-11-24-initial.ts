import { Migration } from '@mikro-orm/migrations';

export class InitialMigration extends Migration {

  override name = '2026-11-24-initial';

  override up(): void | Promise<void> {
    this.addSql(`create table "delivery_changes" ("sequence" bigserial primary key, "organization_id" uuid not null, "webhook_id" uuid not null, "hook_id" uuid not null, "event_id" uuid not null, "delivery_id" uuid not null, "type" text not null, "status" text not null, "attempt_id" uuid null, "changed_at" bigint not null);`);
    this.addSql(`create index "delivery_changes_organization_id_sequence_index" on "delivery_changes" ("organization_id", "sequence");`);
    this.addSql(`create index "delivery_changes_event_id_sequence_index" on "delivery_changes" ("event_id", "sequence");`);

    this.addSql(`create table "hook_health_changes" ("sequence" bigserial primary key, "organization_id" uuid not null, "webhook_id" uuid not null, "hook_id" uuid not null, "status" text not null, "since" bigint null, "disabled_reason" text null, "disables_at" bigint null, "changed_at" bigint not null);`);
    this.addSql(`create index "hook_health_changes_organization_id_sequence_index" on "hook_health_changes" ("organization_id", "sequence");`);

    this.addSql(`create table "organizations" ("id" uuid not null, "name" text not null, "created_at" bigint not null, primary key ("id"));`);

    this.addSql(`create table "event_types" ("id" uuid not null, "organization_id" uuid not null, "name" text not null, "description" text not null, "schema" json null, "example" json null, "version" int not null, "created_at" bigint not null, "updated_at" bigint not null, primary key ("id"));`);
    this.addSql(`alter table "event_types" add constraint "event_types_organization_id_name_unique" unique ("organization_id", "name");`);

    this.addSql(`create table "events" ("id" uuid not null, "organization_id" uuid not null, "type" text not null, "payload" text not null, "ordering_key" text null, "is_test" boolean not null default false, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "events_organization_id_id_index" on "events" ("organization_id", "id");`);

    this.addSql(`create table "idempotency_keys" ("organization_id" uuid not null, "key" text not null, "event_id" uuid not null, "created_at" bigint not null, primary key ("organization_id", "key"));`);
    this.addSql(`create index "idempotency_keys_event_id_index" on "idempotency_keys" ("event_id");`);
    this.addSql(`create index "idempotency_keys_created_at_index" on "idempotency_keys" ("created_at");`);

    this.addSql(`create table "server_leases" ("server_id" uuid not null, "ends_at" bigint not null, primary key ("server_id"));`);

    this.addSql(`create table "shards" ("number" int not null, "leader_id" uuid null, "epoch" int not null, primary key ("number"));`);
    this.addSql(`insert into "shards" ("number", "leader_id", "epoch") select n, null, 0 from generate_series(0, 127) as n;`);

    this.addSql(`create table "signals" ("sequence" bigserial primary key, "kind" text not null, "hook_id" uuid not null, "delivery_id" uuid null, "server_id" uuid not null, "told_at" bigint not null);`);

    this.addSql(`create table "webhooks" ("id" uuid not null, "organization_id" uuid not null, "name" text not null, "description" text not null, "signing_secret" text not null, "created_at" bigint not null, "updated_at" bigint not null, "deleted_at" bigint null, primary key ("id"));`);
    this.addSql(`create index "webhooks_organization_id_id_index" on "webhooks" ("organization_id", "id");`);

    this.addSql(`create table "hooks" ("id" uuid not null, "organization_id" uuid not null, "webhook_id" uuid not null, "type" text not null, "method" text not null, "endpoint" text not null, "status" text not null, "position" int not null, "in_flight_limit" int not null default 16, "rate_limit" json null, "ordering" text not null default 'NONE', "status_changed_at" bigint not null default '0', "disabled_reason" text null, "failing_since" bigint null, "warning_count" int not null default 0, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "hooks_organization_id_type_status_index" on "hooks" ("organization_id", "type", "status");`);
    this.addSql(`create index "hooks_webhook_id_position_index" on "hooks" ("webhook_id", "position");`);

    this.addSql(`create table "deliveries" ("id" uuid not null, "organization_id" uuid not null, "webhook_id" uuid not null, "hook_id" uuid not null, "event_id" uuid not null, "status" text not null, "attempt_count" int not null, "next_attempt_at" bigint null, "ordering_key" text null, "created_at" bigint not null, "updated_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "deliveries_event_id_index" on "deliveries" ("event_id");`);
    this.addSql(`create index "deliveries_organization_id_id_index" on "deliveries" ("organization_id", "id");`);
    this.addSql(`create index "deliveries_webhook_id_id_index" on "deliveries" ("webhook_id", "id");`);
    this.addSql(`create index "deliveries_hook_id_id_index" on "deliveries" ("hook_id", "id");`);
    this.addSql(`create index "deliveries_open_index" on "deliveries" ("hook_id", "status", "next_attempt_at", "id") where "next_attempt_at" is not null;`);
    this.addSql(`create index "deliveries_order_index" on "deliveries" ("hook_id", "ordering_key", "id") where "ordering_key" is not null and "next_attempt_at" is not null;`);
    this.addSql(`create unique index "deliveries_head_unique" on "deliveries" ("hook_id", "ordering_key") where "ordering_key" is not null and "next_attempt_at" < 8640000000000000;`);

    this.addSql(`create table "attempts" ("id" uuid not null, "delivery_id" uuid not null, "number" int not null, "started_at" bigint not null, "duration_ms" double precision not null, "timing" json not null, "request" json not null, "outcome" json not null, primary key ("id"));`);
    this.addSql(`create index "attempts_delivery_id_number_index" on "attempts" ("delivery_id", "number");`);

    // A vacuum for each day that retention removes, of thirty: by default one comes after six, and an eighth more disk is taken
    // meanwhile (bench -- growth-layout). Rows of deliveries die twice, once as open ones.
    this.addSql(`alter table "events" set (autovacuum_vacuum_scale_factor = 0.03);`);
    this.addSql(`alter table "attempts" set (autovacuum_vacuum_scale_factor = 0.03);`);
    this.addSql(`alter table "delivery_changes" set (autovacuum_vacuum_scale_factor = 0.03);`);
    this.addSql(`alter table "deliveries" set (autovacuum_vacuum_scale_factor = 0.06);`);

    this.addSql(`create table "authentications" ("id" uuid not null, "webhook_id" uuid not null, "version" int not null, "grant_type" text not null, "endpoint" text not null, "client_id" text not null, "client_secret" text not null, "client_authentication" text not null, "scope" text null, "audience" text null, "header_format" text not null, "header_value_format" text not null, primary key ("id"));`);
    this.addSql(`alter table "authentications" add constraint "authentications_webhook_id_unique" unique ("webhook_id");`);

    this.addSql(`alter table "event_types" add constraint "event_types_organization_id_foreign" foreign key ("organization_id") references "organizations" ("id");`);

    this.addSql(`alter table "events" add constraint "events_organization_id_foreign" foreign key ("organization_id") references "organizations" ("id");`);

    this.addSql(`alter table "idempotency_keys" add constraint "idempotency_keys_event_id_foreign" foreign key ("event_id") references "events" ("id");`);

    this.addSql(`alter table "webhooks" add constraint "webhooks_organization_id_foreign" foreign key ("organization_id") references "organizations" ("id");`);

    this.addSql(`alter table "hooks" add constraint "hooks_organization_id_foreign" foreign key ("organization_id") references "organizations" ("id");`);
    this.addSql(`alter table "hooks" add constraint "hooks_webhook_id_foreign" foreign key ("webhook_id") references "webhooks" ("id");`);

    this.addSql(`alter table "deliveries" add constraint "deliveries_hook_id_foreign" foreign key ("hook_id") references "hooks" ("id");`);
    this.addSql(`alter table "deliveries" add constraint "deliveries_event_id_foreign" foreign key ("event_id") references "events" ("id");`);

    this.addSql(`alter table "attempts" add constraint "attempts_delivery_id_foreign" foreign key ("delivery_id") references "deliveries" ("id");`);

    this.addSql(`alter table "authentications" add constraint "authentications_webhook_id_foreign" foreign key ("webhook_id") references "webhooks" ("id");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "event_types" drop constraint "event_types_organization_id_foreign";`);
    this.addSql(`alter table "events" drop constraint "events_organization_id_foreign";`);
    this.addSql(`alter table "webhooks" drop constraint "webhooks_organization_id_foreign";`);
    this.addSql(`alter table "hooks" drop constraint "hooks_organization_id_foreign";`);
    this.addSql(`alter table "idempotency_keys" drop constraint "idempotency_keys_event_id_foreign";`);
    this.addSql(`alter table "deliveries" drop constraint "deliveries_event_id_foreign";`);
    this.addSql(`alter table "hooks" drop constraint "hooks_webhook_id_foreign";`);
    this.addSql(`alter table "authentications" drop constraint "authentications_webhook_id_foreign";`);
    this.addSql(`alter table "deliveries" drop constraint "deliveries_hook_id_foreign";`);
    this.addSql(`alter table "attempts" drop constraint "attempts_delivery_id_foreign";`);

    this.addSql(`drop table if exists "delivery_changes" cascade;`);
    this.addSql(`drop table if exists "hook_health_changes" cascade;`);
    this.addSql(`drop table if exists "organizations" cascade;`);
    this.addSql(`drop table if exists "event_types" cascade;`);
    this.addSql(`drop table if exists "events" cascade;`);
    this.addSql(`drop table if exists "idempotency_keys" cascade;`);
    this.addSql(`drop table if exists "server_leases" cascade;`);
    this.addSql(`drop table if exists "shards" cascade;`);
    this.addSql(`drop table if exists "signals" cascade;`);
    this.addSql(`drop table if exists "webhooks" cascade;`);
    this.addSql(`drop table if exists "hooks" cascade;`);
    this.addSql(`drop table if exists "deliveries" cascade;`);
    this.addSql(`drop table if exists "attempts" cascade;`);
    this.addSql(`drop table if exists "authentications" cascade;`);
  }

}
