import { sql } from 'kysely';
import type { Tables } from '../database/connect.js';
import { lockHooks } from '../database/lock-hooks.js';
import { rowList } from '../database/row-list.js';
import { slices } from '../database/slices.js';
import type { WriteTransaction } from '../database/writes.js';
import { AFTER_ANOTHER } from '../entities/delivery.js';
import type { IdSource } from '../ids.js';
import type { OpenDelivery } from '../send/attempt.js';

/** Lines for one statement; each binds two values. */
const LINES_LIMIT = 1000;

/** A delivery that is the next of its line, or last of all. */
type InLine = OpenDelivery & { orderingKey: string };

/** What the table has of a line. */
interface OpenLine {
  /** Whether one of its deliveries is due: then all others wait. SQLite gives 0 or 1. */
  hasDue: boolean | number;
  /** The id of its last open delivery. */
  lastId: string;
}

export interface Placed {
  /** All of the deliveries, as they are to be written. */
  deliveries: readonly OpenDelivery[];
  /** Those of them that wait for none: without a key, or the first of their key where the table has no open one. */
  due: ReadonlySet<OpenDelivery>;
}

/** Puts new deliveries, whose ids rise, behind those that their lines have in the table. */
export async function putInLine({ db }: WriteTransaction, planned: readonly OpenDelivery[], ids: IdSource): Promise<Placed> {
  if (!planned.some(isInLine)) return { deliveries: planned, due: new Set(planned) };

  const kept = await dropLostOrder(db, planned);
  const inLine = kept.filter(isInLine);
  const openLines = await readOpenLines(db, inLine);
  const deliveries = comeAfter(kept, openLines, ids);

  const taken = new Set([...openLines].flatMap(([line, { hasDue }]) => (hasDue ? [line] : [])));
  const due = deliveries.filter((delivery) => {
    if (!isInLine(delivery)) return true;
    const line = lineOf(delivery);
    const isFirst = !taken.has(line);
    taken.add(line);
    return isFirst;
  });
  return { deliveries, due: new Set(due) };
}

/** Locks the lines. A hook that has lost its order since this was planned releases nobody any more, so nothing may wait for it. */
async function dropLostOrder(db: Tables, planned: readonly OpenDelivery[]): Promise<OpenDelivery[]> {
  const orderings = await lockHooks(
    db,
    planned.filter(isInLine).map(({ hookId }) => hookId),
  );
  return planned.map((delivery) => (orderings.get(delivery.hookId) === 'NONE' ? { ...delivery, orderingKey: null } : delivery));
}

/**
 * The order of a line is that of ids, which begin with a server's clock. Where another server's is ahead and its deliveries
 * are still open, ours get new ids behind them, and this server's ids go on from there.
 */
function comeAfter(planned: readonly OpenDelivery[], openLines: ReadonlyMap<string, OpenLine>, ids: IdSource): OpenDelivery[] {
  const overtaken = new Set<string>();
  for (const delivery of planned.filter(isInLine)) {
    const line = lineOf(delivery);
    const lastId = openLines.get(line)?.lastId ?? '';
    if (lastId < delivery.deliveryId) continue;
    ids.passOver(lastId);
    overtaken.add(line);
  }
  return planned.map((delivery) => (isInLine(delivery) && overtaken.has(lineOf(delivery)) ? { ...delivery, deliveryId: ids() } : delivery));
}

/** What the table has of the lines of these deliveries, by `lineOf`. */
async function readOpenLines(db: Tables, inLine: readonly InLine[]): Promise<Map<string, OpenLine>> {
  const openLines = new Map<string, OpenLine>();
  const firsts = new Map(inLine.map((delivery) => [lineOf(delivery), delivery]));
  for (const slice of slices([...firsts.values()], LINES_LIMIT)) {
    const asked = rowList(
      db,
      { hook_id: 'uuid', ordering_key: 'text' },
      slice.map(({ hookId, orderingKey }) => ({ hook_id: hookId, ordering_key: orderingKey })),
    );
    const ofLine = sql`d.hook_id = lines.hook_id and d.ordering_key = lines.ordering_key`;
    const { rows } = await sql<{ hookId: string; orderingKey: string; hasDue: boolean | number; lastId: string | null }>`
      with lines (hook_id, ordering_key) as (${asked})
      select
        lines.hook_id as "hookId",
        lines.ordering_key as "orderingKey",
        exists (select 1 from deliveries as d where ${ofLine} and d.next_attempt_at < ${AFTER_ANOTHER}) as "hasDue",
        (select d.id from deliveries as d where ${ofLine} and d.next_attempt_at is not null order by d.id desc limit 1) as "lastId"
      from lines`.execute(db);
    for (const { lastId, hasDue, ...line } of rows) if (lastId !== null) openLines.set(lineOf(line), { hasDue, lastId });
  }
  return openLines;
}

function isInLine(delivery: OpenDelivery): delivery is InLine {
  return delivery.orderingKey !== null;
}

/** One name for a line; ids have no spaces. */
function lineOf({ hookId, orderingKey }: { hookId: string; orderingKey: string }): string {
  return `${hookId} ${orderingKey}`;
}
