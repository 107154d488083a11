import { describe, expect, it } from 'vitest';
import { fillVariables } from '../../src/graphiql/fill-variables.js';

const QUERY = 'query ($organizationId: ID!) { organization(id: $organizationId) { name } }';
const ids = { organizationId: 'acme', eventId: '' };
const wereFilled = new Set(['earlier']);

function fill(variables: string, query = QUERY): unknown {
  const change = fillVariables(query, variables, ids, (id) => wereFilled.has(id));
  return change === undefined ? undefined : JSON.parse(change.text);
}

describe('the variables of a tab', () => {
  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['an empty text', '{ "organizationId": "" }'],
    ['an id that was filled in before', '{ "organizationId": "earlier" }'],
  ])('are given the organization where there is %s', (_, variables) => {
    expect(fill(variables)).toEqual({ organizationId: 'acme' });
  });

  it('keep the others, and the id comes first', () => {
    const change = fillVariables(QUERY, '{ "first": 3 }', ids, () => false);

    expect(change).toEqual({ text: '{\n  "organizationId": "acme",\n  "first": 3\n}', filled: ['acme'] });
  });

  it.each([
    ['somebody typed another id', '{ "organizationId": "typed" }', QUERY],
    ['they are right already', '{ "organizationId": "acme" }', QUERY],
    ['they are no JSON', '{ "organizationId": ', QUERY],
    ['they are a list', '[]', QUERY],
    ['the operation does not ask for it', '', 'query { organizations { edges { cursor } } }'],
    ['it asks for one with a longer name', '', 'query ($organizationIds: [ID!]!) { __typename }'],
    ['it asks for what is not known yet', '', 'subscription ($eventId: ID!) { eventProgress(eventId: $eventId) { finalCount } }'],
  ])('stay as they are where %s', (_, variables, query) => {
    expect(fill(variables, query)).toBeUndefined();
  });
});
