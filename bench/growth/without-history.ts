import type { StoredDeliveries } from '../figures/ledger.js';

/** What has been stored since it was counted `before`. What was there must still be: where it is not, a count is below zero and no ledger closes. */
export function withoutHistory(stored: readonly StoredDeliveries[], before: readonly StoredDeliveries[]): StoredDeliveries[] {
  const keyOf = ({ hookId, status }: StoredDeliveries) => `${hookId} ${status}`;
  const counts = new Map(stored.map((each) => [keyOf(each), { ...each }]));
  for (const each of before) {
    const left = counts.get(keyOf(each)) ?? { ...each, count: 0 };
    left.count -= each.count;
    counts.set(keyOf(each), left);
  }
  return [...counts.values()].filter(({ count }) => count !== 0);
}
