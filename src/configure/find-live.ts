import type { EntityManager } from '../database/connect.js';
import { Organization } from '../entities/organization.js';
import { Webhook } from '../entities/webhook.js';
import { notFound } from '../errors.js';

/** The organization, or a NOT_FOUND error. */
export async function findOrganization(em: EntityManager, id: string): Promise<Organization> {
  const organization = await em.findOne(Organization, id);
  if (organization === null) throw notFound('organization', id);
  return organization;
}

/** The webhook, if it is not deleted, or a NOT_FOUND error. */
export async function findWebhook(em: EntityManager, id: string): Promise<Webhook> {
  const webhook = await em.findOne(Webhook, { id, deletedAt: null });
  if (webhook === null) throw notFound('webhook', id);
  return webhook;
}
