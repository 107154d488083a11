/** The value of a JSON column that the query builder read; the entity manager has parsed its own already. */
export function fromJsonColumn<Value>(column: Value): Value {
  return typeof column === 'string' ? (JSON.parse(column) as Value) : column;
}
