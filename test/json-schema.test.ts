import { describe, expect, it } from 'vitest';
import { compileJsonSchema } from '../src/json-schema.js';

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

    const faults = validate({ id: 'o1', state: 'paid', items: [{ price: 3 }], mail: 'a@example.com' }, 'payload');

    expect(faults).toEqual([]);
  });

  it.each([
    [{ id: 3 }, 'payload.id', '3', 'to be string'],
    [{}, 'payload.id', 'nothing', 'a value, which the schema requires'],
    [{ id: 'o1', state: 'lost' }, 'payload.state', '"lost"', 'to be equal to one of the allowed values: ["new","paid"]'],
    [{ id: 'o1', extra: 1 }, 'payload', '{"id":"o1","extra":1}', 'to NOT have additional properties: "extra"'],
    [{ id: 'o1', items: [{}, { price: 'x' }] }, 'payload.items[1].price', '"x"', 'to be number'],
    [{ id: 'o1', items: [{ 'a/b~c': 1 }] }, 'payload.items[0].a/b~c', '1', 'to be string'],
    [{ id: 'o1', mail: 'nobody' }, 'payload.mail', '"nobody"', 'to match format "email"'],
  ])('tells where %j is wrong, what stands there and what should', (value, path, received, expected) => {
    const validate = compileJsonSchema(order);

    const faults = validate(value, 'payload');

    expect(faults).toEqual([{ path, received, expected }]);
  });

  it('tells at most 20 faults', () => {
    const validate = compileJsonSchema({ type: 'array', items: { type: 'string' } });

    const faults = validate(Array.from({ length: 1000 }, Number), 'payload');

    expect(faults).toHaveLength(20);
  });

  it('is read by draft 2020-12 unless it says otherwise', () => {
    const tuple = { type: 'array', prefixItems: [{ type: 'string' }] };

    const faults = compileJsonSchema(tuple)([1], 'payload');
    const draft7Faults = compileJsonSchema({ ...tuple, $schema: 'http://json-schema.org/draft-07/schema#' })([1], 'payload');

    expect(faults).toHaveLength(1);
    expect(draft7Faults).toEqual([]);
  });

  it('may be true or false', () => {
    expect(compileJsonSchema(true)(1, 'payload')).toEqual([]);
    expect(compileJsonSchema(false)(1, 'payload')).toHaveLength(1);
  });

  it('does not meet another one with the same $id', () => {
    const id = 'https://schemas.example.com/order';
    compileJsonSchema({ $id: id, type: 'string' });

    const validate = compileJsonSchema({ $id: id, type: 'number' });

    expect(validate(1, 'payload')).toEqual([]);
  });

  it.each([[{ type: 'no such type' }], [{ $ref: '#/nowhere' }], [{ pattern: '(' }]])('refuses %j, which is none', (schema) => {
    expect(() => compileJsonSchema(schema)).toThrow(/./);
  });
});
