import { Migration } from '@mikro-orm/migrations';

/** The tables that have lists, as they were when this migration was written. */
const tables = [
  { table: 'events', list: 'event_list', key: 'id', type: 'text', owners: ['organization_id'] },
  { table: 'deliveries', list: 'delivery_list', key: 'id', type: 'text', owners: ['organization_id', 'webhook_id', 'hook_id'] },
  { table: 'delivery_changes', list: 'delivery_change_list', key: 'sequence', type: 'integer', owners: ['organization_id'] },
];

/** What is new in a table is known by a mark, the last row that is listed, instead of by a table of what is new and a trigger to fill it. */
export class ListMarksMigration extends Migration {

  override name = '2026-11-29-list-marks';

  override up(): void | Promise<void> {
    // A key is a text or a number, and is kept as it is.
    this.addSql(`create table list_marks (list text not null primary key, last_row integer not null, last_key blob not null) without rowid;`);
    for (const { table, list, key, owners } of tables) {
      this.addSql(`drop trigger ${table}_inserted;`);
      this.addSql(`drop trigger ${table}_deleted;`);
      for (const owner of owners) {
        this.addSql(`insert or ignore into ${list} (owner_id, ${key}) select ${owner}, ${key} from new_${table} order by 1, 2;`);
      }
      this.addSql(`drop table new_${table};`);
      this.addSql(`insert into list_marks (list, last_row, last_key)
        select '${list}', rowid, ${key} from ${table} order by rowid desc limit 1;`);
      this.addSql(`create trigger ${table}_deleted after delete on ${table} begin
        ${removalsFrom(list, key, owners)}
      end;`);
    }
  }

  override down(): void | Promise<void> {
    for (const { table, list, key, type, owners } of tables) {
      this.addSql(`drop trigger ${table}_deleted;`);
      const columns = owners.map((owner) => `${owner} text not null`).join(', ');
      const names = [key, ...owners];
      this.addSql(`create table new_${table} (${key} ${type} not null primary key, ${columns}) without rowid;`);
      // Those that are listed by now get their places to no effect once more.
      this.addSql(`insert into new_${table} (${names.join(', ')})
        select ${names.join(', ')} from ${table}
        where rowid > coalesce((select last_row from list_marks where list = '${list}'), 0);`);
      this.addSql(`create trigger ${table}_inserted after insert on ${table} begin
        insert into new_${table} (${names.join(', ')}) values (${names.map((name) => `new.${name}`).join(', ')});
      end;`);
      this.addSql(`create trigger ${table}_deleted after delete on ${table} begin
        ${removalsFrom(list, key, owners)}
        delete from new_${table} where ${key} = old.${key};
      end;`);
    }
    this.addSql(`drop table list_marks;`);
  }

}

function removalsFrom(list: string, key: string, owners: readonly string[]): string {
  return owners.map((owner) => `delete from ${list} where owner_id = old.${owner} and ${key} = old.${key};`).join('\n        ');
}
