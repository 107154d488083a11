import { sql } from 'kysely';
import type { Tables } from '../../src/database/connect.js';
import { monotonicNow } from '../monotonic-clock.js';

/** What a piece of work cost. */
export interface Cost {
  seconds: number;
  walMiB: number;
}

const MIB = 1024 * 1024;

export async function costOf(db: Tables, work: () => Promise<unknown>): Promise<Cost> {
  const from = await walPlace(db);
  const startedAt = monotonicNow();
  await work();
  const seconds = (monotonicNow() - startedAt) / 1000;
  const { rows } = await sql<{ bytes: string }>`select pg_wal_lsn_diff(pg_current_wal_lsn(), ${from}::pg_lsn) as bytes`.execute(db);
  return { seconds, walMiB: Number(rows[0]!.bytes) / MIB };
}

async function walPlace(db: Tables): Promise<string> {
  const { rows } = await sql<{ place: string }>`select pg_current_wal_lsn()::text as place`.execute(db);
  return rows[0]!.place;
}

/** What a table takes with all of its partitions, and each of its indexes, in MiB. By name. */
export async function sizesOf(db: Tables): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string; mib: number }>`
    select ${family('c')} as name, sum(pg_relation_size(c.oid))::float8 / ${MIB} as mib from pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i') and ${family('c')} is not null group by 1 order by 1`.execute(
    db,
  );
  return Object.fromEntries(rows.map(({ name, mib }) => [name, mib]));
}

/** Which pages of each table and index work changed, out of how many. Counted in the write-ahead log, so none is missed. */
export async function touchedBy(db: Tables, work: () => Promise<unknown>): Promise<Record<string, { touched: number; all: number }>> {
  const from = await walPlace(db);
  await work();
  const to = await walPlace(db);
  const { rows } = await sql<{ name: string; touched: number; all: number }>`
    with touched as (
      select pg_filenode_relation(reltablespace, relfilenode)::oid as oid, count(distinct relblocknumber) as pages
      from pg_get_wal_block_info(${from}::pg_lsn, ${to}::pg_lsn, false) where relforknumber = 0 group by 1
    )
    select ${family('c')} as name, coalesce(sum(touched.pages), 0)::int as touched, (sum(pg_relation_size(c.oid)) / 8192)::int as all
    from pg_class as c left join touched on touched.oid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i') and ${family('c')} is not null group by 1 order by 1`.execute(
    db,
  );
  return Object.fromEntries(rows.map(({ name, touched, all }) => [name, { touched, all }]));
}

/** A table that grows, or the index of one by what it is of, whichever day it is of. */
function family(alias: string) {
  const indexed = `(select i.indrelid from pg_index as i where i.indexrelid = ${alias}.oid)`;
  const table = `regexp_replace(coalesce(${indexed}, ${alias}.oid)::regclass::text, '_[0-9]+$', '')`;
  const columns = `(select string_agg(a.attname, ', ' order by a.attnum) from pg_attribute as a where a.attrelid = ${alias}.oid)`;
  const partial = `(select case when i.indpred is null then '' else ', partial' end from pg_index as i where i.indexrelid = ${alias}.oid)`;
  return sql.raw(`case when ${table} in ('events', 'deliveries', 'attempts', 'delivery_changes')
    then ${table} || case when ${alias}.relkind = 'i' then ' (' || ${columns} || ${partial} || ')' else '' end end`);
}

export interface ReadCost {
  ms: number;
  /** Of 8 KiB, in PostgreSQL's memory or not. */
  pages: number;
}

/** What a statement costs on average, over many places of what it is asked for. */
export async function readCostOf(db: Tables, statements: readonly string[]): Promise<ReadCost> {
  let [ms, pages] = [0, 0];
  for (const statement of statements) {
    const { rows } = await sql<{ 'QUERY PLAN': [Explained] }>`explain (analyze, buffers, format json) ${sql.raw(statement)}`.execute(db);
    const { 'Execution Time': execution, 'Planning Time': planning, Plan: plan } = rows[0]!['QUERY PLAN'][0];
    ms += execution + planning;
    pages += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  }
  return { ms: ms / statements.length, pages: pages / statements.length };
}

interface Explained {
  'Execution Time': number;
  'Planning Time': number;
  Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number };
}
