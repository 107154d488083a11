/** What an attack asks of a delivery, and what else its text needs. */
export interface Attack {
  fields: string;
  fragments?: string;
  /** Declared beside `$id`. */
  declared?: string;
  variables?: Record<string, unknown>;
  code?: string;
}

/** Pages of attempts in pages of deliveries. */
export const PAGES = (first: string) =>
  `event { deliveries(${first}) { edges { node { attempts(${first}) { edges { node { id } } } } } } }`;

/** Each is refused, and by `QUERY_TOO_COSTLY` unless it says another code. */
export const attacks: Record<string, Attack> = {
  'fields in each other': {
    fields: `${'hook { webhook { hooks(first: 1) { edges { node { deliveries(first: 1) { edges { node {'.repeat(20)} id ${'}'.repeat(160)}`,
  },
  'a value with lists in each other': { fields: `attempts(first: ${'['.repeat(20_000)}) { edges { cursor } }` },
  'objects in each other': { fields: `attempts(first: ${'{a:'.repeat(20_000)}) { edges { cursor } }` },
  'fields side by side': { fields: Array.from({ length: 900 }, (_, n) => `a${n}: id`).join(' ') },
  'more words than are read': { fields: 'id '.repeat(20_000) },
  'the same field again and again': { fields: 'event { id } '.repeat(4000) },
  'aliases of a page': { fields: Array.from({ length: 60 }, (_, n) => `a${n}: attempts(first: 100) { edges { cursor } }`).join(' ') },
  'pages of pages': { fields: PAGES('first: 100') },
  'pages of pages that a variable sizes': { fields: PAGES('first: $first'), declared: ', $first: Int!', variables: { first: 100 } },
  'fragments that double': {
    fields: '...F0',
    fragments: `${Array.from({ length: 25 }, (_, n) => `fragment F${n} on Delivery { a${n}: hook { id } ...F${n + 1} ... { ...F${n + 1} } }`).join(' ')} fragment F25 on Delivery { id }`,
  },
  'fragments that double in fields': {
    fields: '...F0',
    fragments: `${Array.from({ length: 25 }, (_, n) => `fragment F${n} on Delivery { a: hook { webhook { hooks(first: 1) { edges { node { deliveries(first: 1) { edges { node { ...F${n + 1} } } } } } } } } b: hook { webhook { hooks(first: 1) { edges { node { deliveries(first: 1) { edges { node { ...F${n + 1} } } } } } } } } }`).join(' ')} fragment F25 on Delivery { id }`,
  },
  'fragments in a circle': {
    fields: '...A',
    fragments: 'fragment A on Delivery { ...B } fragment B on Delivery { ...A }',
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'directives on a field': { fields: `id ${'@include(if: true) '.repeat(250)}`, code: 'GRAPHQL_VALIDATION_FAILED' },
  'directives that are none': {
    fields: `id ${Array.from({ length: 900 }, (_, n) => `@d${n}`).join(' ')}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  'fields that are none': { fields: Array.from({ length: 1500 }, (_, n) => `statu${n}`).join(' '), code: 'GRAPHQL_VALIDATION_FAILED' },
  'variables without end': {
    fields: 'id',
    declared: Array.from({ length: 700 }, (_, n) => `, $v${n}: Int`).join(''),
    code: 'QUERY_TOO_COSTLY',
  },
};
