import { readFileSync } from 'node:fs';
import { getIntrospectionQuery, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { examples } from '../../../src/api/graphiql-examples.js';
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
  return `{ event(id: "x") ${inEachOther(depth - 1, ['deliveries(first: 1)', 'edges', 'node', 'event'])} }`;
}

function inEachOther(depth: number, names: readonly string[]): string {
  const fields = Array.from({ length: depth - 1 }, (_, index) => names[index % names.length]!);
  return `{ ${fields.map((name) => `${name} {`).join(' ')} __typename ${'}'.repeat(fields.length)} }`;
}

function aliases(count: number): string {
  return `{ event(id: "x") { ${Array.from({ length: count }, (_, index) => `a${index}: id`).join(' ')} } }`;
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
    },
  );

  it.each([{}, { descriptions: false }, { inputValueDeprecation: true, oneOf: true, schemaDescription: true, specifiedByUrl: true }])(
    'is the schema, as tools do: %j',
    (options) => {
      expect(excessOf(getIntrospectionQuery(options))).toBeUndefined();
    },
  );

  it.each([
    [
      'a page of the largest size',
      '{ organization(id: "x") { deliveries(first: 100) { edges { node { id status event { payload } hook { endpoint } } } } } }',
    ],
    ['as many fields in each other as may be', deep(limits.depth)],
    ['as many aliases as may be', aliases(limits.aliases)],
    ['as many fields of the operation as may be', roots(limits.rootFields)],
  ])('is %s', (_, text) => {
    expect(excessOf(text)).toBeUndefined();
  });

  it('is a call that publishes as much as one may', () => {
    const text = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate event { id type createdAt } } }';

    expect(excessOf(text, { input: { events: Array.from({ length: 1000 }, () => ({})) } })).toBeUndefined();
  });
});

describe('what is refused', () => {
  it.each([
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
      '{ ...A ...A } fragment A on Query { ...B ...B ... { ...B ...B } } fragment B on Query { a: __typename b: __typename c: __typename }',
      'The query has 24 fields of the query itself: expected at most 20.',
    ],
    [
      'pages of pages',
      '{ organizations(first: 100) { edges { node { webhooks(first: 100) { edges { node { id } } } } } } }',
      /^The query weighs 31,\d+: expected at most 10,000\. Each list multiplies/,
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
      'The query weighs more than 1,000,000: expected at most 10,000. Each list multiplies what is in it by its size: ask for smaller pages, or for less of each node.',
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
    ['more than there may be, which is refused when it is read', 'query ($a: Int!) {', { a: 1_000_000_000 }, 'weighs 41'],
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
    expect(excessOf(page('(first: 40)'))).toContain('weighs 12,');
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
  const answer = '{ event { id deliveries { edges { node { id } } } }';
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
    expect(excessOf(call(900))).toContain('weighs');
  });
});
