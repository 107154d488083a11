import fc from 'fast-check';
import { RE2JS } from 're2js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { compileJsonSchema, type JsonSchema } from '../../src/json-schema/compile-json-schema.js';
import { compileLinearPattern, NonlinearPatternError } from '../../src/json-schema/linear-pattern.js';
import { post, publishText, type RawAnswer } from '../support/raw.js';
import { fuzz, seed, timeout } from './fuzz.js';
import { changed, hostileJson, hostileText } from './hostile.js';
import { startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  // What takes a schema too long is to end by itself.
  world = await startWorld({ clock: systemClock });
});

afterAll(() => world[Symbol.asyncDispose]());

/** A decimal number as it may be spelled, and as `digits` × 10^`exponent`. */
interface Spelled {
  text: string;
  digits: bigint;
  exponent: number;
}

const spelled: fc.Arbitrary<Spelled> = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.stringMatching(/^(?:0|[1-9]\d{0,24})$/),
    fraction: fc.option(fc.stringMatching(/^\d{1,24}$/), { nil: '' }),
    exponent: fc.option(fc.integer({ min: -30, max: 30 }), { nil: 0 }),
  })
  .map(({ sign, whole, fraction, exponent }) => ({
    text: `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}${exponent === 0 ? '' : `e${exponent}`}`,
    digits: BigInt(sign + whole + fraction),
    exponent: exponent - fraction.length,
  }));

/** A number of a schema: a double that its shortest spelling means. */
const limits: fc.Arbitrary<Spelled & { value: number }> = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: -12, max: 3 }))
  .map(([digits, exponent]) => ({ text: `${digits}e${exponent}`, digits, exponent, value: Number(`${digits}e${exponent}`) }));

/** Both as whole numbers of one unit. */
function aligned(a: Spelled, b: Spelled): [bigint, bigint] {
  const unit = Math.min(a.exponent, b.exponent);
  return [a.digits * 10n ** BigInt(a.exponent - unit), b.digits * 10n ** BigInt(b.exponent - unit)];
}

const comparisons: Record<string, (value: bigint, limit: bigint) => boolean> = {
  minimum: (value, limit) => value >= limit,
  maximum: (value, limit) => value <= limit,
  exclusiveMinimum: (value, limit) => value > limit,
  exclusiveMaximum: (value, limit) => value < limit,
  const: (value, limit) => value === limit,
  multipleOf: (value, limit) => value % limit === 0n,
};

it(`holds numbers against schemas by all their digits (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const cases = fc
    .tuple(
      fc.constantFrom(...Object.keys(comparisons)),
      limits,
      spelled,
      fc.bigInt({ min: -1000n, max: 1000n }),
      fc.constantFrom('near', 'any'),
    )
    .filter(([keyword, limit]) => keyword !== 'multipleOf' || limit.digits > 0n)
    .map(([keyword, limit, other, factor, kind]) => {
      // A multiple, or the limit but for what a double would not tell.
      const digits = keyword === 'multipleOf' ? limit.digits * factor : limit.digits * 10n ** 20n + (factor % 2n);
      const exponent = keyword === 'multipleOf' ? limit.exponent : limit.exponent - 20;
      return { keyword, limit, value: kind === 'any' ? other : { text: `${digits}e${exponent}`, digits, exponent } };
    });

  await fuzz(cases, async ({ keyword, limit, value }) => {
    const faults = compileJsonSchema({ properties: { n: { [keyword]: limit.value } } })(`{"n":${value.text}}`);

    const [one, other] = aligned(value, limit);
    expect(faults.length === 0, `${value.text} by ${keyword} ${limit.value}`).toBe(comparisons[keyword]!(one, other));
  });
});

it(`counts as properties what the text of a payload has, and nothing else (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const names = fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__'), 'a', 'length', '0');
  const few = fc.uniqueArray(names, { maxLength: 4 });

  await fuzz(fc.tuple(few, few, few, names), async ([present, required, allowed, trigger]) => {
    const text = `{${present.map((name) => `${JSON.stringify(name)}:1`).join(',')}}`;
    const schemas: Array<[JsonSchema, boolean]> = [
      [{ required }, required.every((name) => present.includes(name))],
      [{ dependentRequired: { [trigger]: required } }, !present.includes(trigger) || required.every((name) => present.includes(name))],
      [{ dependentSchemas: { [trigger]: false } }, !present.includes(trigger)],
      [{ properties: { [trigger]: false } }, !present.includes(trigger)],
      [
        { properties: Object.fromEntries(allowed.map((name) => [name, true])), additionalProperties: false },
        present.every((name) => allowed.includes(name)),
      ],
      [
        { anyOf: [{ properties: Object.fromEntries(allowed.map((name) => [name, true])) }], unevaluatedProperties: false },
        present.every((name) => allowed.includes(name)),
      ],
      [{ minProperties: 1 }, present.length > 0],
    ];

    for (const [schema, isRight] of schemas) {
      expect(compileJsonSchema(schema)(text).length === 0, `${text} by ${JSON.stringify(schema)}`).toBe(isRight);
    }
  });
});

/** Pieces of patterns, put together without a thought: nested counts, groups, what looks around, and what is none. */
const pieces = fc.constantFrom(
  'a',
  'b',
  '.',
  '\\d',
  '\\w',
  '\\b',
  '\\p{L}',
  '[a-c]',
  '[^a]',
  '[]',
  '(',
  '(?:',
  '(?=',
  '(?!',
  '(?<=',
  '(?<n>',
  ')',
  ')',
  ')',
  '|',
  '^',
  '$',
  '*',
  '+',
  '?',
  '+?',
  '{2}',
  '{1,3}',
  '{0,1000}',
  '{1001}',
  '{2,}',
  '\\1',
  '\\k<n>',
  '\\',
  '[',
  ']',
  '-',
  '\u{1f600}',
  '\\u0061',
  '\\cA',
);
const patterns = fc.oneof(
  { weight: 4, arbitrary: fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')) },
  hostileText,
  fc.constantFrom('^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(x+x+)+y', '(.*)*=', '((a{0,30}){0,30}){0,30}', '(a?){1000}a{1000}'),
);

/** How many states an engine goes through for each character at most: what a pattern of so few pieces, each counted to a thousand, may take. */
const STATES_LIMIT = 200_000;

it(`takes of patterns those alone that take a bounded number of steps for each character (FUZZ_SEED=${seed})`, { timeout }, async () => {
  await fuzz(patterns, async (pattern) => {
    let compiled;
    try {
      compiled = compileLinearPattern(pattern);
    } catch (error) {
      expect(error instanceof NonlinearPatternError || error instanceof SyntaxError, String(error)).toBe(true);
      return;
    }
    // RE2 goes through each of its states once for each character, whatever the text is.
    expect(compiled).toBeInstanceOf(RE2JS);
    expect((compiled as RE2JS).programSize()).toBeLessThan(STATES_LIMIT);
    for (const text of ['', 'a', 'ab1 \u{1f600}', 'a'.repeat(40) + '!']) expect(compiled.test(text)).toBeTypeOf('boolean');
  });
});

const sound = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $defs: { price: { type: 'number', multipleOf: 0.01, maximum: 1e6 }, tree: { properties: { left: { $ref: '#/$defs/tree' } } } },
  type: 'object',
  required: ['id', 'constructor'],
  properties: {
    id: { type: 'string', pattern: '^(a+)+$', format: 'uuid', maxLength: 50 },
    items: { type: 'array', uniqueItems: true, contains: { const: 1 }, items: { $ref: '#/$defs/price' } },
    tree: { $ref: '#/$defs/tree' },
  },
  patternProperties: { '^x-': { enum: [1, 'a', null] } },
  dependentRequired: { items: ['id'] },
  anyOf: [{ minProperties: 1 }, { not: { type: 'null' } }],
  unevaluatedProperties: false,
};

it(`takes or refuses any schema and any payload against it, and goes on (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const { server, organizationId } = world;
  const schemas = fc.oneof(
    { weight: 4, arbitrary: changed(sound) },
    hostileJson,
    patterns.map((pattern) => ({ pattern, patternProperties: { [pattern]: { format: 'date' } } })),
  );
  const payloads = fc.oneof(
    changed({ id: 'aaaa', items: [1, 19.99], tree: { left: { left: {} } }, 'x-a': 1, constructor: 2 }).map(
      (value) => JSON.stringify(value) ?? 'null',
    ),
    hostileJson.map((value) => JSON.stringify(value)),
    spelled.map(({ text }) => `{"items":[${text},${text}]}`),
  );
  const register = `mutation ($o: ID!, $schema: JSON) { registerEventType(input: { organizationId: $o, name: "order_created", schema: $schema }) { id } }`;

  /** Asks, and gives the code of what is refused. What takes too long may close the organization's schemas for a while, and nothing else. */
  async function codeOf(asked: Promise<RawAnswer>): Promise<string | undefined> {
    const { json, text } = await asked;
    const code = json.errors?.[0].extensions.code;
    expect([undefined, 'BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'OVERLOADED'], text).toContain(code);
    return code;
  }
  const registerSchema = (schema: unknown) =>
    codeOf(post(server, JSON.stringify({ query: register, variables: { o: organizationId, schema } })));

  await fuzz(fc.tuple(schemas, payloads), async ([schema, payload]) => {
    await registerSchema(schema);
    await codeOf(publishText(server, organizationId, payload));

    const code = await registerSchema({ type: 'object', required: ['ok'] });
    const taken = await publishText(server, organizationId, '{"ok":1}');
    const refused = await publishText(server, organizationId, '{}');
    if (code === 'OVERLOADED') return;
    expect(code).toBeUndefined();
    expect(taken.json.errors, taken.text).toBeUndefined();
    expect(refused.json.errors[0].extensions.faults).toMatchObject([{ path: 'input.payload.ok', received: 'nothing' }]);
  });
});
