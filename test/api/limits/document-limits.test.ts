import { readFileSync } from 'node:fs';
import { type ASTNode, getIntrospectionQuery, Kind, parse, print, validate, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { examples } from '../../../src/graphiql/examples.js';
import { DocumentLimits } from '../../../src/api/limits/document-limits.js';
import { limits } from '../../../src/api/limits/limits.js';
import { createSchema } from '../../../src/api/schema.js';

const schema = await createSchema();

/** Why a text is refused; undefined where it is not. */
function excessOf(text: string, variables: Record<string, unknown> = {}, operationName: string | null = null): string | undefined {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return new DocumentLimits(schema).findExcess(document, operationName, variables)?.message;
}

/** A query with so many fields in each other. */
function deep(depth: number): string {
  const leaves: Record<string, string> = { event: 'id', node: 'id', edges: 'cursor' };
  const [root, names] =
    depth % 2 === 0
      ? ['event', ['deliveries(first: 1)', 'edges', 'node', 'event']]
      : ['delivery', ['event', 'deliveries(first: 1)', 'edges', 'node']];
  const fields = Array.from({ length: depth - 2 }, (_, index) => names[index % names.length]!);
  return `{ ${root}(id: "x") { ${fields.map((name) => `${name} {`).join(' ')} ${leaves[fields.at(-1)!]} ${'}'.repeat(fields.length)} } }`;
}

/** The text with what Apollo's client and urql add to it: the name of the type of each thing that is asked for. */
function withTypeNames(text: string): string {
  const typeName = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;
  const document = visit(parse(text), {
    SelectionSet: (set, _key, parent) =>
      (parent as ASTNode).kind === Kind.OPERATION_DEFINITION ? undefined : { ...set, selections: [...set.selections, typeName] },
  });
  return print(document);
}

function aliases(count: number): string {
  return `{ event(id: "x") { ${Array.from({ length: count }, (_, index) => `a${index}: id`).join(' ')} } }`;
}

/** What a dashboard asks for: so many webhooks with so many hooks of each, and how those are doing. */
function overview(webhookCount: number, hookCount: number): string {
  const hook = 'id type method endpoint status heldCount health { status since disabledReason disablesAt } inFlightLimit ordering';
  const webhook = `id name description hooks(first: ${hookCount}) { edges { node { ${hook} } } pageInfo { hasNextPage endCursor } }`;
  const page = `webhooks(first: ${webhookCount}) { edges { node { ${webhook} } } pageInfo { hasNextPage endCursor } }`;
  return `{ organization(id: "x") { id name streamCursor ${page} } }`;
}

/** A page of deliveries with so many attempts of each. */
function deliveries(attemptCount: number): string {
  const attempt = 'number startedAt outcome { ... on ResponseReceived { status } }';
  const delivery = `id status event { type } hook { endpoint } attempts(first: ${attemptCount}) { edges { node { ${attempt} } } }`;
  return `{ organization(id: "x") { deliveries(first: 100) { edges { node { ${delivery} } } } } }`;
}

/** A text with so many words, in many pairs of braces: a tool's, which sends all of its operations and the name of one. */
function words(count: number): string {
  const operations: string[] = [];
  while (wordsIn(operations.join(' ')) + 100 < count)
    operations.push(`query Q${operations.length} { event(id: "x") { organization { eventTypes(first: 1) { edges { node { id } } } } } }`);
  const last = `query Last { event(id: "x") { id } }`;
  const rest = count - wordsIn(operations.join(' ')) - wordsIn(last);
  return `${operations.join(' ')} ${last.replace('{ id }', `{ id ${'type '.repeat(rest)} }`)}`;
}

function wordsIn(text: string): number {
  return text === '' ? 0 : parse(text).tokenCount!;
}

function roots(count: number): string {
  return `mutation { ${Array.from({ length: count }, (_, index) => `a${index}: pauseHook(id: "${index}") { id }`).join(' ')} }`;
}

describe('what may be asked', () => {
  const shown = [...readFileSync('README.md', 'utf8').matchAll(/```graphql\n(.*?)```/gs)].map(([, text]) => text!);

  it.each([...shown, ...examples.map(({ query }) => query)].map((text) => [/\w+ \w+/.exec(text.replace(/^#.*$/gm, ''))![0], text]))(
    'is what README and GraphiQL show: %s',
    (_, text) => {
      expect(excessOf(text)).toBeUndefined();
      expect(excessOf(withTypeNames(text))).toBeUndefined();
    },
  );

  it.each([{}, { descriptions: false }, { inputValueDeprecation: true, oneOf: true, schemaDescription: true, specifiedByUrl: true }])(
    'is the schema, as tools do: %j',
    (options) => {
      expect(excessOf(getIntrospectionQuery(options))).toBeUndefined();
    },
  );

  it.each([
    ['what a dashboard shows at first', overview(50, 20)],
    [
      'a page of the largest size',
      '{ organization(id: "x") { deliveries(first: 100) { edges { node { id status event { payload } hook { endpoint } } } } } }',
    ],
    ['a page of deliveries with their first attempts', deliveries(10)],
    ['as many fields in each other as may be', deep(limits.depth)],
    ['as many aliases as may be', aliases(limits.aliases)],
    ['as many fields of the operation as may be', roots(limits.rootFields)],
    ['as many of them and the name of its type', roots(limits.rootFields).replace('{', '{ __typename')],
    [
      'as many fields in each other as may be, with the name of a type alone in the last',
      deep(limits.depth).replace('{ id }', '{ organization { __typename } }'),
    ],
  ])('is %s, and the same with the names of all types', (_, text) => {
    expect(excessOf(text)).toBeUndefined();
    expect(excessOf(withTypeNames(text))).toBeUndefined();
  });

  it('is as many words as may be, and the names of all types beside them', () => {
    const text = words(limits.tokens);

    expect(wordsIn(text)).toBe(limits.tokens);
    expect(wordsIn(withTypeNames(text))).toBeGreaterThan(limits.tokens);
    expect(excessOf(text, {}, 'Q0')).toBeUndefined();
    expect(excessOf(withTypeNames(text), {}, 'Q0')).toBeUndefined();
  });

  it('is a call that publishes as much as one may', () => {
    const text = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate event { id type createdAt } } }';

    expect(excessOf(text, { input: { events: Array.from({ length: 1000 }, () => ({})) } })).toBeUndefined();
  });
});

describe('what is refused', () => {
  it.each([
    ['a word too many', words(limits.tokens + 1)],
    ['a word too many, and the names of all types', withTypeNames(words(limits.tokens + 1))],
    ['a name of a type more than once in the same place', words(limits.tokens).replace('{ id }', '{ id __typename __typename }')],
  ])('is %s', (_, text) => {
    expect(excessOf(text, {}, 'Q0')).toBe('The query has more than 2000 words, names and signs: give what is long as variables.');
  });

  it.each([
    ['a page of deliveries with many attempts of each', deliveries(50), /^The query weighs 81,/],
    ['hooks that weigh more than may be', overview(50, 25), /^The query weighs 44,\d+: expected at most 40,000\. Each list multiplies/],
    ['a field too deep', deep(limits.depth + 1), 'The query has 16 fields in each other: expected at most 15.'],
    ['an alias too many', aliases(limits.aliases + 1), 'The query has 51 aliases: expected at most 50.'],
    [
      'aliases that fragments bring in',
      `{ event(id: "x") { ...A ...A } a: event(id: "x") { ...A } } fragment A on Event { ${Array.from({ length: 20 }, (_, n) => `a${n}: id`).join(' ')} }`,
      'The query has 61 aliases: expected at most 50.',
    ],
    [
      'a field of the operation too many',
      roots(limits.rootFields + 1),
      'The query has 21 fields of the mutation itself: expected at most 20.',
    ],
    [
      'fields of the operation that fragments bring in',
      '{ ...A ...A } fragment A on Query { ...B ...B ... { ...B ...B } } fragment B on Query { event(id: "x") { id } delivery(id: "x") { id } webhook(id: "x") { id } }',
      'The query has 24 fields of the query itself: expected at most 20.',
    ],
    [
      'pages of pages',
      '{ organizations(first: 100) { edges { node { webhooks(first: 100) { edges { node { id } } } } } } }',
      /^The query weighs 94,\d+: expected at most 40,000\. Each list multiplies/,
    ],
    ['the whole schema twice', introspection(2), 'The query asks for more than the whole schema: expected it once.'],
    [
      'a part of the schema many times',
      `{ __schema { ${Array.from({ length: 50 }, (_, n) => `a${n}: types { fields { name description } }`).join(' ')} } }`,
      'The query asks for more than the whole schema: expected it once.',
    ],
  ])('is %s', (_, text, message) => {
    expect(excessOf(text)).toEqual(message instanceof RegExp ? expect.stringMatching(message) : message);
  });

  it('is a query that fragments double, without the work of what it would come to', () => {
    const fragments = Array.from({ length: 40 }, (_, n) => `fragment F${n} on Event { ...F${n + 1} ... { ...F${n + 1} } }`);
    const text = `{ event(id: "x") { ...F0 } } ${fragments.join(' ')} fragment F40 on Event { id }`;

    expect(excessOf(text)).toBe(
      'The query weighs more than 1,000,000: expected at most 40,000. Each list multiplies what is in it by its size: ask for smaller pages, or for less of each node.',
    );
  });

  it('is one that fragments double around a page that a variable sizes', () => {
    const fragments = Array.from({ length: 40 }, (_, n) => `fragment F${n} on Event { ...F${n + 1} ... { ...F${n + 1} } }`);
    const text = `query ($n: Int!) { event(id: "x") { ...F0 } } ${fragments.join(' ')} fragment F40 on Event { deliveries(first: $n) { edges { cursor } } }`;

    expect(excessOf(text, { n: 1 })).toContain('weighs more than 1,000,000');
  });
});

/** A query that asks so many times for what the largest introspection does. */
function introspection(times: number): string {
  const text = getIntrospectionQuery({
    inputValueDeprecation: true,
    oneOf: true,
    schemaDescription: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
  });
  const start = text.indexOf('__schema');
  const end = text.indexOf('fragment FullType');
  const schemaPart = text.slice(start, text.lastIndexOf('}', end));
  return `{ ${Array.from({ length: times }, (_, n) => `s${n}: ${schemaPart}`).join('\n')} } ${text.slice(end)}`;
}

describe('a page', () => {
  const nested = (first: string) => `(${first}) { edges { node { deliveries(${first}) { edges { node { id status } } } } } }`;
  const text = `query ($a: Int!, $b: Int = 100, $c: Int) { organization(id: "x") { events${nested('first: $a')} } }`;

  it.each([
    ['few', 'query ($a: Int!) {', { a: 5 }, undefined],
    ['many', 'query ($a: Int!) {', { a: 100 }, 'weighs'],
    ['more than there may be, which is refused when it is read', 'query ($a: Int!) {', { a: 1_000_000_000 }, 'weighs 104,'],
    ['many by the default of the variable', 'query ($a: Int! = 100) {', {}, 'weighs'],
    ['few instead of the default of the variable', 'query ($a: Int! = 100) {', { a: 5 }, undefined],
    ['something that is no size', 'query ($a: Int!) {', { a: 'many' }, undefined],
  ])('that a variable sizes counts as what it says: %s', (_, head, variables, message) => {
    const excess = excessOf(text.replace(/^query \(.*?\) \{/, head), variables);

    if (message === undefined) expect(excess).toBeUndefined();
    else expect(excess).toContain(message);
  });

  it('has 20 nodes where nothing is said', () => {
    const page = (first: string) =>
      `{ organization(id: "x") { events${first} { edges { node { deliveries(first: 100) { edges { node { ...D } } } } } } } } fragment D on Delivery { id }`;

    expect(excessOf(page(''))).toBeUndefined();
    expect(excessOf(page('(first: 20)'))).toBeUndefined();
    expect(excessOf(page('(first: 45)'))).toContain('weighs 42,');
  });

  it('counts for the operation that is asked for, by the defaults of that one', () => {
    const both = `query Few ($a: Int! = 5) { ...F } query Many ($a: Int! = 100) { ...F } fragment F on Query { organization(id: "x") { events${nested('first: $a')} } }`;

    expect(excessOf(both, {}, 'Few')).toBeUndefined();
    expect(excessOf(both, {}, 'Many')).toContain('weighs');
  });

  it('counts under a field that is skipped too, since a variable may say otherwise', () => {
    const skipped = '{ organizations(first: 100) @skip(if: true) { edges { node { webhooks(first: 100) { edges { node { id } } } } } } }';

    expect(excessOf(skipped)).toContain('weighs');
  });
});

describe('a call that publishes many', () => {
  const answer = '{ event { id deliveries(first: 100) { edges { node { id } } } }';
  const events = Array.from({ length: 1000 }, () => ({}));

  it.each([
    ['the input', 'mutation ($i: PublishEventsInput!) { publishEvents(input: $i)', { i: { events } }],
    ['the events', 'mutation ($e: [EventInput!]!) { publishEvents(input: { organizationId: "x", events: $e })', { e: events }],
  ])('multiplies what it asks of each, where a variable has %s', (_, head, variables) => {
    const few = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, Array.isArray(value) ? value.slice(0, 3) : { events: events.slice(0, 3) }]),
    );

    expect(excessOf(`${head} ${answer} } }`, variables)).toContain('weighs');
    expect(excessOf(`${head} ${answer} } }`, few)).toBeUndefined();
  });

  it('multiplies it by those in the text', () => {
    const call = (count: number) =>
      `mutation { publishEvents(input: { organizationId: "x", events: [${'{ type: "a", payload: 1 } '.repeat(count)}] }) ${answer} } }`;

    expect(excessOf(call(3))).toBeUndefined();
    expect(excessOf(call(180))).toContain('weighs');
  });
});
