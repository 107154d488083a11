import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { examples } from '../../src/api/graphiql-examples.js';
import { createSchema } from '../../src/api/schema.js';

describe('the examples of GraphiQL', () => {
  it.each(examples)('fit the schema: $query', async ({ query }) => {
    const errors = validate(await createSchema(), parse(query));

    expect(errors).toEqual([]);
  });

  it.each(examples)('give each variable that they ask for: $query', ({ query, variables = {} }) => {
    const declared = [...(/\(([^)]*)\) \{/.exec(query)?.[1] ?? '').matchAll(/\$(\w+)/g)].map(([, name]) => name);

    expect(Object.keys(variables)).toEqual(declared);
  });
});
