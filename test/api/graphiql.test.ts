import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { examples } from '../../src/api/graphiql-examples.js';
import { createSchema } from '../../src/api/schema.js';

const named = examples.map((example) => [/^(?:query|mutation|subscription) (\w+)/m.exec(example.query)![1]!, example] as const);

describe('the examples of GraphiQL', () => {
  it.each(named)('fit the schema: %s', async (_, { query }) => {
    const errors = validate(await createSchema(), parse(query));

    expect(errors).toEqual([]);
  });

  it.each(named)('give each variable that they ask for: %s', (_, { query, variables = {} }) => {
    const declared = [...(/\(([^)]*)\) \{/.exec(query)?.[1] ?? '').matchAll(/\$(\w+)/g)].map(([, name]) => name);

    expect(Object.keys(variables)).toEqual(declared);
  });
});
