import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/api/schema.js';
import { examples } from '../../src/graphiql/examples.js';
import { fillVariables } from '../../src/graphiql/fill-variables.js';

const named = examples.map((example) => [/^(?:query|mutation|subscription) (\w+)/m.exec(example.query)![1]!, example] as const);

describe('the examples of GraphiQL', () => {
  it.each(named)('fit the schema: %s', async (_, { query }) => {
    const errors = validate(await createSchema(), parse(query));

    expect(errors).toEqual([]);
  });

  it.each(named)(
    'have each variable that they ask for, once the page has filled in the ids that it knows: %s',
    (_, { query, variables = {} }) => {
      const declared = [...(/\(([^)]*)\) \{/.exec(query)?.[1] ?? '').matchAll(/\$(\w+)/g)].map(([, name]) => name!);
      const given = JSON.stringify(variables);

      const filled = fillVariables(query, given, { organizationId: 'an organization', eventId: 'an event' }, () => false)?.text ?? given;

      expect(Object.keys(JSON.parse(filled) as object).toSorted()).toEqual(declared.toSorted());
    },
  );
});
