import { Migration } from '@mikro-orm/migrations';

/** The tables that have lists, as they were when this migration was written. */
const tables = [
  { table: 'events', list: 'event_list', key: 'id', type: 'text', owners: ['organization_id'] },
  { table: 'deliveries', list: 'delivery_list', key: 'id', type: 'text', owners: ['organization_id', 'webhook_id', 'hook_id'] },
  { table: 'delivery_changes', list: 'delivery_change_list', key: 'sequence', type: 'integer', owners: ['organization_id'] },
];

export class OwnerListsMigration extends Migration {

  override name = '2026-11-28-owner-lists';

  override up(): void | Promise<void> {
    for (const { table, list, key, type, owners } of tables) {
      this.addSql(`create table ${list} (owner_id text not null, ${key} ${type} not null, primary key (owner_id, ${key})) without rowid;`);
      for (const owner of owners) {
        // While there is an index that has them in order already.
        this.addSql(`insert into ${list} (owner_id, ${key}) select ${owner}, ${key} from ${table} order by 1, 2;`);
        this.addSql(`drop index ${table}_${owner}_${key}_index;`);
      }

      const columns = owners.map((owner) => `${owner} text not null`).join(', ');
      this.addSql(`create table new_${table} (${key} ${type} not null primary key, ${columns}) without rowid;`);
      this.addSql(`create trigger ${table}_inserted after insert on ${table} begin
        insert into new_${table} (${key}, ${owners.join(', ')}) values (${[key, ...owners].map((name) => `new.${name}`).join(', ')});
      end;`);
      const removals = owners.map((owner) => `delete from ${list} where owner_id = old.${owner} and ${key} = old.${key};`);
      this.addSql(`create trigger ${table}_deleted after delete on ${table} begin
        ${removals.join('\n        ')}
        delete from new_${table} where ${key} = old.${key};
      end;`);
    }
  }

  override down(): void | Promise<void> {
    for (const { table, list, key, owners } of tables) {
      this.addSql(`drop trigger ${table}_inserted;`);
      this.addSql(`drop trigger ${table}_deleted;`);
      this.addSql(`drop table new_${table};`);
      this.addSql(`drop table ${list};`);
      for (const owner of owners) this.addSql(`create index ${table}_${owner}_${key}_index on ${table} (${owner}, ${key});`);
    }
  }

}
