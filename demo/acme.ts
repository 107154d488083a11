import { builtInEventTypes } from '../src/configure/built-in-event-types.js';
import type { ApiClient } from './api-client.js';
import type { WebhookDocument } from './document.js';

/** The demo's organization, by which a platform would know one of its customers. */
export interface Acme {
  organizationId: string;
  signingSecret: string;
  /** Publishes an event, with the type's example as its payload, and answers with its id. */
  publish(type: string): Promise<string>;
}

/** Makes the organization and imports the document into it, as a client of the API does. */
export async function configureAcme(api: ApiClient, document: WebhookDocument): Promise<Acme> {
  const { createOrganization: organization } = await api.ask<{ createOrganization: { id: string } }>(
    'mutation { createOrganization(input: { name: "Acme Tickets" }) { id } }',
    {},
  );
  const { importWebhook: webhook } = await api.ask<{ importWebhook: { signingSecret: string } }>(
    `mutation ($organizationId: ID!, $configuration: JSON!) {
      importWebhook(organizationId: $organizationId, configuration: $configuration) { signingSecret }
    }`,
    { organizationId: organization.id, configuration: document },
  );
  return {
    organizationId: organization.id,
    signingSecret: webhook.signingSecret,
    async publish(type) {
      const payload = builtInEventTypes.find(({ name }) => name === type)?.example ?? {};
      const { publishEvent } = await api.ask<{ publishEvent: { event: { id: string } } }>(
        'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { event { id } } }',
        { input: { organizationId: organization.id, type, payload } },
      );
      return publishEvent.event.id;
    },
  };
}
