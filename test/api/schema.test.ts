import { readFileSync } from 'node:fs';
import {
  type GraphQLField,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  validateSchema,
} from 'graphql';
import { buildSchema } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { printApi } from '../../scripts/write-schema.js';
import { createSchema } from '../../src/api/schema.js';

let schema: GraphQLSchema;

beforeAll(async () => {
  schema = await createSchema();
});

describe('the schema', () => {
  it('is valid', () => {
    const faults = validateSchema(schema);

    expect(faults).toEqual([]);
  });

  it('describes every type, field, argument, input field and enum value', () => {
    const missing = undescribed(schema);

    expect(missing).toEqual([]);
  });

  it('is what schema.graphql says', () => {
    const printed = printApi(schema);

    expect(readFileSync('schema.graphql', 'utf8'), 'run "npm run schema"').toBe(printed);
  });

  it('pages every list of entities', () => {
    const lists = fieldsOf(schema)
      .filter(({ field }) => /^\[(Organization|Webhook|Hook|EventType|Event|Delivery|Attempt)!?\]/.test(String(field.type)))
      .map(({ name }) => name);

    expect(lists).toEqual([]);
  });

  it('lets each mutation fail alone: the error of one takes no answer of another away', () => {
    const mutations = Object.values(schema.getMutationType()!.getFields());

    expect(mutations.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([]);
    expect(mutations.length).toBeGreaterThan(10);
  });

  it('never gives out a client secret', () => {
    const given = fieldsOf(schema)
      .map(({ name }) => name)
      .filter((name) => name.endsWith('.clientSecret'));

    expect(given).toEqual([]);
  });
});

describe('the look for descriptions', () => {
  it('finds each kind of place that has none', () => {
    const bare = buildSchema('type Query { a(b: In): E } input In { c: Int } enum E { D }');

    const missing = undescribed(bare);

    expect(missing).toEqual(['Query', 'Query.a', 'Query.a(b)', 'In', 'In.c', 'E', 'E.D']);
  });
});

/** The places without a description, as a reader would name them. */
function undescribed(api: GraphQLSchema): string[] {
  return ownTypes(api).flatMap((type) => {
    const places: Array<[name: string, described: { description?: string | null }]> = [[type.name, type]];
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        places.push([`${type.name}.${field.name}`, field]);
        for (const arg of field.args) places.push([`${type.name}.${field.name}(${arg.name})`, arg]);
      }
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) places.push([`${type.name}.${field.name}`, field]);
    }
    if (isEnumType(type)) {
      for (const value of type.getValues()) places.push([`${type.name}.${value.name}`, value]);
    }
    return places.filter(([, { description }]) => (description ?? '').trim() === '').map(([name]) => name);
  });
}

function fieldsOf(api: GraphQLSchema): Array<{ name: string; field: GraphQLField<unknown, unknown> }> {
  return ownTypes(api)
    .filter((type) => isObjectType(type))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })));
}

function ownTypes(api: GraphQLSchema) {
  return Object.values(api.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
}
