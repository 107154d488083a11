import { CompiledQuery } from 'kysely';
import type { Tables } from '../../src/database/connect.js';

/** How a part of a statement reads a table. */
export interface Scan {
  /** PostgreSQL's word: `Index Only Scan`. */
  node: string;
  table: string;
  /** Null where the table itself is read. */
  index: string | null;
  /** By what it is found; null where all of it is read. */
  condition: string | null;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

/** What PostgreSQL would read for a statement, with the values that it binds. Without running it. */
export async function explain(db: Tables, { sql, parameters }: CompiledQuery): Promise<Scan[]> {
  const explained = CompiledQuery.raw(`explain (format json) ${sql}`, [...parameters]);
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': Array<{ Plan: PlanNode }> }>(explained);
  return scansIn(rows[0]!['QUERY PLAN'][0]!.Plan, '');
}

function scansIn(node: PlanNode, around: string): Scan[] {
  const { 'Node Type': type, 'Relation Name': table = around, 'Index Name': index = null, 'Index Cond': condition = null } = node;
  const below = (node.Plans ?? []).flatMap((plan) => scansIn(plan, table));
  // The index of a bitmap is read in a node of its own.
  const isRead = /^(?:Seq Scan|Index Scan|Index Only Scan|Bitmap Index Scan|Sample Scan|Tid)/.test(type);
  return isRead ? [{ node: type, table, index, condition }, ...below] : below;
}
