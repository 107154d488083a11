import { sql } from 'kysely';
import type { Tables } from '../../src/database/connect.js';
import { lowestIdOf } from './days.js';

/** How attempts and the log of changes lie on disk. */
export type Layout = 'plain' | 'partitioned';

/** More entries of the log than a day ever has: its partitions are spans of places. */
const PLACES_OF_A_DAY = 1_000_000_000;

/** Makes the two tables that partitions are thought of for anew, in the layout, with the same columns and indexes. */
export async function layOut(db: Tables, layout: Layout): Promise<void> {
  if (layout === 'plain') return;
  for (const [table, key] of [
    ['attempts', 'id'],
    ['delivery_changes', 'sequence'],
  ] as const) {
    await sql`alter table ${sql.table(table)} rename to ${sql.table(`whole_${table}`)}`.execute(db);
    await sql`create table ${sql.table(table)} (like ${sql.table(`whole_${table}`)} including defaults including indexes)
      partition by range (${sql.ref(key)})`.execute(db);
  }
  await sql`alter table attempts add foreign key (delivery_id) references deliveries (id)`.execute(db);
}

/** Makes room for a day. */
export async function openDay(db: Tables, layout: Layout, day: number): Promise<void> {
  if (layout === 'plain') return;
  const text = (value: string | number) => sql.lit(value);
  await sql`create table ${sql.table(`attempts_${day}`)} partition of attempts
    for values from (${text(lowestIdOf(day))}) to (${text(lowestIdOf(day + 1))})`.execute(db);
  await sql`create table ${sql.table(`delivery_changes_${day}`)} partition of delivery_changes
    for values from (${text(day * PLACES_OF_A_DAY + 1)}) to (${text((day + 1) * PLACES_OF_A_DAY + 1)})`.execute(db);
}

/** Has the log go on in the room of a day. */
export async function enterDay(db: Tables, layout: Layout, day: number): Promise<void> {
  if (layout === 'partitioned')
    await sql`select setval('delivery_changes_sequence_seq', ${sql.lit(day * PLACES_OF_A_DAY + 1)}, false)`.execute(db);
}

/** Drops what a day has of attempts and of the log, where that can be done at a stroke. */
export async function dropDay(db: Tables, layout: Layout, day: number): Promise<void> {
  if (layout === 'partitioned') await sql`drop table ${sql.table(`attempts_${day}`)}, ${sql.table(`delivery_changes_${day}`)}`.execute(db);
}
