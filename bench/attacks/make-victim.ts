import type { Victim } from './attack.js';

/** A server, as who has its admin key asks it. */
interface Asked {
  url: string;
  /** Asks an operation and answers with its data. */
  ask: <Data>(query: string, variables: Record<string, unknown>) => Promise<Data>;
}

/** Gives attackers an organization with keys of one scope each. */
export async function makeVictim(server: Asked): Promise<Victim> {
  const { createOrganization } = await server.ask<{ createOrganization: { id: string } }>(
    'mutation { createOrganization(input: { name: "Attackers" }) { id } }',
    {},
  );
  const organizationId = createOrganization.id;
  const makeKey = (scope: string) => makeKnownKey(server, organizationId, scope);
  const [publish, stall] = [await makeKey('PUBLISH'), await makeKey('PUBLISH')];
  const keys = { publish, stall, read: await makeKey('READ'), manage: await makeKey('MANAGE') };
  return { url: server.url, organizationId, keys };
}

/** Makes a key with one scope and uses it once: while many wrong keys come from an address, no other is let in from there but those that are known. */
export async function makeKnownKey({ url, ask }: Asked, organizationId: string, scope: string): Promise<string> {
  const input = { organizationId, name: scope, scopes: [scope] };
  const mutation = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }';
  const { createApiKey } = await ask<{ createApiKey: { key: string } }>(mutation, { input });
  const { key } = createApiKey;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: '{"query":"{ __typename }"}',
  });
  if (!response.ok) throw new Error(`A new key with the scope ${scope} was answered by ${response.status}: ${await response.text()}`);
  return key;
}
