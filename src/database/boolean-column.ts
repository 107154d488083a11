/** A boolean for a column, as the query builder binds it: SQLite has none, and its driver takes none. */
export function toBooleanColumn(value: boolean): boolean {
  return Number(value) as unknown as boolean;
}

/** The boolean of a column that the query builder read: SQLite gives 0 or 1. */
export function fromBooleanColumn(column: boolean): boolean {
  return Boolean(column as unknown);
}
