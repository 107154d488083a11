/** A value for a JSON column, as the query builder binds it; null is that of the column. */
export function toJsonColumn<Value>(value: Value): Value {
  return value === null ? value : (JSON.stringify(value) as unknown as Value);
}

/** The value of a JSON column that the query builder read; the entity manager has parsed its own already. */
export function fromJsonColumn<Value>(column: Value): Value {
  return typeof column === 'string' ? (JSON.parse(column) as Value) : column;
}
