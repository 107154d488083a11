import { expect, it } from 'vitest';
import { startTestServer } from '../support/server.js';

const SCOPES = 'Expected one of READ, PUBLISH, MANAGE, SECRETS.';

it('tells which values an enum has where another is given, in the query and in variables', async () => {
  await using server = await startTestServer();
  const make = (scope: string) => `createApiKey(input: { organizationId: "x", name: "x", scopes: [${scope}] }) { key }`;
  const withVariable = `mutation ($scope: Scope!) { ${make('$scope')} }`;

  const answers = await Promise.all([
    server.ask(`mutation { ${make('REED')} }`),
    server.ask(`mutation { ${make('5')} }`),
    server.ask(withVariable, { scope: 'ALL' }),
    server.ask(withVariable, { scope: { is: 'a secret' } }),
  ]);

  expect(answers.map(({ errors }) => errors!.map(({ message }) => message))).toEqual([
    [`Value "REED" does not exist in "Scope" enum. Did you mean the enum value "READ"? ${SCOPES}`],
    [`Enum "Scope" cannot represent non-enum value. ${SCOPES}`],
    [`Variable "$scope" got invalid value; Value "ALL" does not exist in "Scope" enum. ${SCOPES}`],
    [`Variable "$scope" got invalid value; Enum "Scope" cannot represent non-string value. ${SCOPES}`],
  ]);
});
