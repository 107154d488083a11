import { buildSchema, type GraphQLObjectType, printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { completeNeeds, needsOf } from '../../src/api/needs.js';
import { createSchema } from '../../src/api/schema.js';

it('a root field that is in no list keeps the schema from being made', async () => {
  const text = printSchema(await createSchema());
  const extended = buildSchema(text.replace('type Query {', 'type Query {\n  everything: String'));

  expect(() => completeNeeds(extended)).toThrow('The field Query.everything is in no list of api/needs.ts.');
});

it.each([
  ['eventProgress', 'Subscription.eventProgress'],
  ['signingSecret', 'Webhook.signingSecret'],
])('a list of a field that is not there keeps it too: %s', async (name, coordinate) => {
  const text = printSchema(await createSchema());
  const reduced = buildSchema(text.replace(new RegExp(`^  ${name}\\b`, 'm'), `  ${name}Once`));

  expect(() => completeNeeds(reduced)).toThrow(coordinate);
});

it('a field of another type that is in no list needs READ', () => {
  expect(needsOf('Webhook', 'somethingNew')).toEqual(['READ']);
});

it('what a field needs stands in its description', async () => {
  const schema = await createSchema();
  const describe = (type: string, field: string) => (schema.getType(type) as GraphQLObjectType).getFields()[field]!.description;

  expect(describe('Mutation', 'createOrganization')).toMatch(/ Needs the admin key\.$/);
  expect(describe('Mutation', 'publishEvent')).toMatch(/ Needs the scope PUBLISH\.$/);
  expect(describe('Mutation', 'createStreamToken')).toMatch(/ Needs a key with the scope READ\.$/);
  expect(describe('Query', 'event')).toMatch(/ Needs the scope READ, and not by a token for one webhook\.$/);
  expect(describe('Webhook', 'signingSecret')).toMatch(/ Needs the scopes READ and SECRETS\.$/);
});
