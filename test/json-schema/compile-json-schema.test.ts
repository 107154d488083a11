import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/errors.js';
import { compileJsonSchema, type JsonSchema } from '../../src/json-schema/compile-json-schema.js';

const order = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: {
    id: { type: 'string' },
    state: { enum: ['new', 'paid'] },
    items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' }, 'a/b~c': { type: 'string' } } } },
    mail: { type: 'string', format: 'email' },
  },
};

describe('a JSON schema', () => {
  it('finds nothing wrong with a value that satisfies it', () => {
    const validate = compileJsonSchema(order);

    const faults = validate(JSON.stringify({ id: 'o1', state: 'paid', items: [{ price: 3 }], mail: 'a@example.com' }));

    expect(faults).toEqual([]);
  });

  it.each([
    [{ id: 3 }, '.id', '3', 'to be string'],
    [{}, '.id', 'nothing', 'a value, which the schema requires'],
    [{ id: 'o1', state: 'lost' }, '.state', '"lost"', 'to be equal to one of the allowed values: ["new","paid"]'],
    [{ id: 'o1', extra: 1 }, '', '{"id":"o1","extra":1}', 'to NOT have additional properties: "extra"'],
    [{ id: 'o1', items: [{}, { price: 'x' }] }, '.items[1].price', '"x"', 'to be number'],
    [{ id: 'o1', items: [{ 'a/b~c': 1 }] }, '.items[0].a/b~c', '1', 'to be string'],
    [{ id: 'o1', mail: 'nobody' }, '.mail', '"nobody"', 'to match format "email"'],
  ])('tells where %j is wrong, what stands there and what should', (value, path, received, expected) => {
    const validate = compileJsonSchema(order);

    const faults = validate(JSON.stringify(value));

    expect(faults).toEqual([{ path, received, expected }]);
  });

  it('tells at most 20 faults', () => {
    const validate = compileJsonSchema({ type: 'array', items: { type: 'string' } });

    const faults = validate(JSON.stringify(Array.from({ length: 1000 }, Number)));

    expect(faults).toHaveLength(20);
  });

  it('is read by draft 2020-12 unless it says otherwise', () => {
    const tuple = { type: 'array', prefixItems: [{ type: 'string' }] };

    const faults = compileJsonSchema(tuple)('[1]');
    const draft7Faults = compileJsonSchema({ ...tuple, $schema: 'http://json-schema.org/draft-07/schema#' })('[1]');

    expect(faults).toHaveLength(1);
    expect(draft7Faults).toEqual([]);
  });

  it('may be true or false', () => {
    expect(compileJsonSchema(true)('1')).toEqual([]);
    expect(compileJsonSchema(false)('1')).toHaveLength(1);
  });

  it('does not meet another one with the same $id', () => {
    const id = 'https://schemas.example.com/order';
    compileJsonSchema({ $id: id, type: 'string' });

    const validate = compileJsonSchema({ $id: id, type: 'number' });

    expect(validate('1')).toEqual([]);
  });

  it.each([[{ type: 'no such type' }], [{ $ref: '#/nowhere' }], [{ pattern: '(' }]])('refuses %j, which is none', (schema) => {
    expect(() => compileJsonSchema(schema)).toThrow(/./);
  });
});

/** What is wrong with a value, as JSON text. */
function faultsOf(schema: JsonSchema, text: string): Fault[] {
  return compileJsonSchema(schema)(text);
}

describe('a number is held against a schema by its digits', () => {
  it('so that every price is a multiple of a cent', () => {
    const validate = compileJsonSchema({ multipleOf: 0.01 });
    const prices = Array.from({ length: 50_000 }, (_, cents) => (cents / 100).toFixed(2));

    expect(validate('19.99')).toEqual([]);
    expect(prices.filter((price) => validate(price).length > 0)).toEqual([]);
    expect(prices.filter((price) => validate(`${price}5`).length === 0)).toEqual([]);
  });

  it.each<[JsonSchema, string[], string[]]>([
    [{ multipleOf: 0.1 }, ['0.3', '1e400', '0', '-0.7'], ['0.35', '1e-400']],
    [{ multipleOf: 3 }, ['9007199254740993', '3e0', '30e-1'], ['9007199254740992', '1e400']],
    [{ minimum: 9007199254740992 }, ['9007199254740992', '9007199254740993', '1e400'], ['9007199254740991.9', '-1e400']],
    [{ exclusiveMinimum: 9007199254740992 }, ['9007199254740993', '9007199254740992.1'], ['9007199254740992', '9007199254740992.0']],
    [{ maximum: 9007199254740992 }, ['9007199254740992.0'], ['9007199254740992.1', '9007199254740993', '1e400']],
    [{ exclusiveMaximum: 0.1 }, ['0.0999999999999999999999999999999999999999'], ['0.1', '0.1000000000000000000000000000000000000001']],
    [{ maximum: 0.1 }, ['0.1', '1e-1', '0.10'], ['0.1000000000000000000000000000000000000001']],
    [{ exclusiveMinimum: 0 }, ['1e-400', '5e-324'], ['0', '-0', '-1e-400', '0e5']],
    [{ type: 'integer' }, ['1', '1.0', '1e2', '9007199254740993', '1e400', '12.50e1'], ['1.5', '9007199254740993.5', '1e-400', '0.1e-1']],
    [{ type: 'number' }, ['1e400', '-1e400'], ['"1"', 'null']],
    [{ const: 9007199254740992 }, ['9007199254740992', '9007199254740992.0'], ['9007199254740993']],
    [{ const: 0 }, ['0', '-0', '0.0', '0e9'], ['1e-400', 'false', '""']],
    [{ enum: [{ a: [9007199254740992] }, 'x'] }, ['{"a":[9007199254740992]}', '"x"'], ['{"a":[9007199254740993]}', '{"a":[]}']],
    [{ uniqueItems: true }, ['[9007199254740992,9007199254740993]', '[1,"1",true]'], ['[1,1.0]', '[9007199254740993,9007199254740993.0]']],
    [{ format: 'int64' }, ['9223372036854775807', '-9223372036854775808'], ['9223372036854775808', '1.5', '1e400']],
    [{ format: 'int32' }, ['2147483647'], ['2147483648']],
    [{ format: 'double' }, ['1e308'], ['1e400']],
    [{ format: 'float' }, ['1e38'], ['1e39']],
  ])('by %j', (schema, taken, refused) => {
    const validate = compileJsonSchema(schema);

    expect(taken.filter((text) => validate(text).length > 0)).toEqual([]);
    expect(refused.filter((text) => validate(text).length === 0)).toEqual([]);
  });

  it.each([
    ['{"a":[{"n":9007199254740993}]}', '.a[0].n', '9007199254740993'],
    ['{"a":[{"n":1e400}]}', '.a[0].n', '1e400'],
    ['{"a":[{"n":[0.12345678901234567890]}]}', '.a[0].n', '[0.12345678901234567890]'],
  ])('and %j is told as it was spelled', (text, path, received) => {
    const schema = { properties: { a: { items: { properties: { n: { type: 'number', maximum: 5 } } } } } };

    expect(faultsOf(schema, text)).toMatchObject([{ path, received }]);
  });

  it('in the whole value too', () => {
    expect(faultsOf({ maximum: 9007199254740992 }, '9007199254740993')).toEqual([
      { path: '', received: '9007199254740993', expected: 'to be <= 9007199254740992' },
    ]);
  });

  it('by what is behind a reference, and in what is left over', () => {
    const schema = {
      $defs: {
        whole: { type: 'integer', maximum: 9007199254740992 },
        tree: { properties: { n: { $ref: '#/$defs/whole' }, t: { $ref: '#/$defs/tree' } } },
      },
      $ref: '#/$defs/tree',
      additionalProperties: { type: 'integer' },
    };

    expect(faultsOf(schema, '{"t":{"t":{"n":9007199254740993}}}').map(({ path }) => path)).toContain('.t.t.n');
    expect(faultsOf(schema, '{"other":1.00000000000000000001}').map(({ path }) => path)).toEqual(['.other']);
  });
});

describe('what every object has in JavaScript', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('is no property of a payload: %s', (name) => {
    const sub = { required: ['b'] };

    expect(faultsOf({ required: [name] }, '{}')).toMatchObject([{ path: `.${name}`, received: 'nothing' }]);
    expect(faultsOf({ required: [name] }, JSON.stringify({ [name]: 1 }))).toEqual([]);
    expect(faultsOf({ properties: { [name]: { type: 'string' } } }, '{}')).toEqual([]);
    expect(faultsOf({ properties: { [name]: { type: 'string' } } }, JSON.stringify({ [name]: 1 }))).toHaveLength(1);
    expect(faultsOf({ dependentRequired: { [name]: ['b'] } }, '{}')).toEqual([]);
    expect(faultsOf({ dependentRequired: { a: [name] } }, '{"a":1}')).toHaveLength(1);
    expect(faultsOf({ dependentSchemas: { [name]: sub } }, '{}')).toEqual([]);
    expect(faultsOf({ dependencies: { [name]: ['b'] } }, '{}')).toEqual([]);
    expect(faultsOf({ dependencies: { [name]: sub } }, '{}')).toEqual([]);
    expect(faultsOf({ properties: { a: true }, additionalProperties: false }, JSON.stringify({ [name]: 1 }))).toHaveLength(1);
    expect(faultsOf({ patternProperties: { '^a$': true }, additionalProperties: false }, JSON.stringify({ [name]: 1 }))).toHaveLength(1);
    expect(faultsOf({ propertyNames: { maxLength: 1 } }, '{}')).toEqual([]);
    expect(faultsOf({ minProperties: 1 }, '{}')).toHaveLength(1);
  });

  it.each(['constructor', 'toString'])('is not evaluated by itself: %s', (name) => {
    const schema = { anyOf: [{ properties: { a: true }, required: ['a'] }, { properties: { b: true } }], unevaluatedProperties: false };

    expect(faultsOf(schema, '{"a":1}')).toEqual([]);
    expect(faultsOf(schema, JSON.stringify({ a: 1, [name]: 1 }))).toHaveLength(1);
  });

  it('is refused as a name in a schema where it could not be checked', () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"}}}') as JsonSchema;

    expect(() => compileJsonSchema(schema)).toThrow('.properties.__proto__: expected no such name');
  });
});

describe('a schema of which something can not be checked', () => {
  it.each([
    [
      'an unknown format',
      { properties: { a: { format: 'telephone' } } },
      '.properties.a.format: expected a format that the server can check',
    ],
    ['an unknown format behind a reference', { $ref: '#/$defs/a', $defs: { a: { format: 'x' } } }, '.$defs.a.format'],
    [
      'an unknown draft',
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      '.$schema: expected the address of draft-07, 2019-09 or 2020-12',
    ],
    ['no draft', { $schema: 7 }, '.$schema'],
    [
      'a pattern that looks ahead',
      { properties: { a: { pattern: '^(?!x)' } } },
      '.properties.a.pattern: expected a pattern without look-ahead',
    ],
    ['a pattern of names that refers back', { patternProperties: { '(a)\\1': true } }, 'a pattern without references to its groups'],
  ])('is refused for %s', (_, schema, words) => {
    expect(() => compileJsonSchema(schema)).toThrow(words);
  });

  it('goes on as it did where it was registered before', () => {
    const validate = compileJsonSchema({ items: { pattern: '^(?!x)', format: 'telephone' } }, { isStrict: false });

    expect(validate('["y"]')).toEqual([]);
    expect(validate('["x"]')).toMatchObject([{ path: '[0]', expected: 'to match pattern "^(?!x)"' }]);
  });
});

describe('the draft of a schema', () => {
  const tuple = { items: [{ type: 'string' }] };
  const later = { prefixItems: [{ type: 'string' }] };

  it.each([
    ['http://json-schema.org/draft-07/schema#', tuple],
    ['http://json-schema.org/draft-07/schema', tuple],
    ['https://json-schema.org/draft-07/schema#', tuple],
    ['https://json-schema.org/draft-07/schema', tuple],
    ['https://json-schema.org/draft/2019-09/schema', tuple],
    ['http://json-schema.org/draft/2019-09/schema#', tuple],
    ['https://json-schema.org/draft/2020-12/schema', later],
    ['https://json-schema.org/draft/2020-12/schema#', later],
    ['http://json-schema.org/draft/2020-12/schema', later],
  ])('may be %s', ($schema, schema) => {
    expect(faultsOf({ $schema, ...schema }, '["a"]')).toEqual([]);
    expect(faultsOf({ $schema, ...schema }, '[1]')).toHaveLength(1);
  });

  it.each([
    ['http://json-schema.org/draft-07/schema', { dependentRequired: { a: ['b'] } }],
    ['https://json-schema.org/draft-07/schema#', { unevaluatedProperties: false }],
  ])('%s does not know what came later', ($schema, schema) => {
    expect(faultsOf({ $schema, ...schema }, '{"a":1}')).toEqual([]);
  });
});
