import type { EntityManager } from '../database/connect.js';

/** How many open deliveries each of these hooks has; those that have none are not in it. */
export async function countOpen(em: EntityManager, hookIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await em
    .getKysely()
    .selectFrom('deliveries')
    .where('hook_id', 'in', hookIds)
    .where('next_attempt_at', 'is not', null)
    .groupBy('hook_id')
    .select(['hook_id', (eb) => eb.fn.countAll().as('count')])
    .execute();
  return new Map(rows.map(({ hook_id, count }) => [hook_id, Number(count)]));
}
