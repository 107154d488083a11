import { exampleDocument } from './platform.js';
import type { Answer, TestServer } from './server.js';

/** The secret of the example document. */
export const EXAMPLE_SECRET = 'super-strong-pawwsord';

/** A copy of the example document, changed. */
export function exampleWith(change: (document: any) => void = () => {}): any {
  const document = structuredClone(exampleDocument);
  change(document);
  return document;
}

export function importDocument(server: TestServer, organizationId: string | null, configuration: unknown): Promise<Answer> {
  return server.ask(
    `mutation ($organizationId: ID, $configuration: JSON!) {
      importWebhook(organizationId: $organizationId, configuration: $configuration) {
        id name description configuration signingSecret organization { id }
        authentication { grantType endpoint clientId clientAuthentication scope audience headerFormat headerValueFormat version }
        hooks(first: 100) { edges { node { id type method endpoint status } } }
      }
    }`,
    { organizationId, configuration },
  );
}

/** How many webhooks an organization has, up to 100. */
export async function countWebhooks(server: TestServer, organizationId: string): Promise<number> {
  const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { webhooks(first: 100) { edges { cursor } } } }', {
    id: organizationId,
  });
  return organization.webhooks.edges.length;
}
