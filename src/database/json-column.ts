/**
 * A value for a JSON column, as the query builder binds it: text. Its type stays that of the value, since the column's
 * type speaks of what stands there, not of how it is written.
 */
export function toJsonColumn<Value>(value: Value): Value {
  return JSON.stringify(value) as Value;
}

/** The value of a JSON column that the query builder read; the entity manager has parsed its own already. */
export function fromJsonColumn<Value>(column: Value): Value {
  return typeof column === 'string' ? (JSON.parse(column) as Value) : column;
}
