import { type Answer, ask } from './api.js';

export interface Organization {
  id: string;
  name: string;
}

/** What is known of a key: nothing as long as there is none or the answer is awaited, who it is for, or why it is refused. */
export type KeyStatus = { kind: 'none' | 'asking' | 'accepted' } | { kind: 'refused'; reason: string };

/** As many as the API gives in one page. */
const MOST = 100;

const QUERY = `query OrganizationsOfKey { organizations(first: ${MOST}) { edges { node { id name } } } }`;

/** Asks which organizations a key is for. One that may not read is a good key all the same. */
export async function readOrganizations(key: string): Promise<{ status: KeyStatus; organizations: readonly Organization[] }> {
  const { data, errors }: Answer = await ask({ query: QUERY }, { Authorization: `Bearer ${key}` });
  const fault = errors?.[0];
  if (fault !== undefined && fault.extensions?.code !== 'FORBIDDEN') {
    const reason = fault.extensions?.code === 'UNAUTHENTICATED' ? 'The server does not know this key.' : fault.message;
    return { status: { kind: 'refused', reason }, organizations: [] };
  }
  const { edges } = (data?.organizations ?? { edges: [] }) as { edges: ReadonlyArray<{ node: Organization }> };
  return { status: { kind: 'accepted' }, organizations: edges.map(({ node }) => node) };
}
