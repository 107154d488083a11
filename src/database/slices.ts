/** Cuts a list into parts for one statement each: SQLite binds at most 32,766 values in a statement. */
export function* slices<Item>(items: readonly Item[], limit: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += limit) yield items.slice(start, start + limit);
}
