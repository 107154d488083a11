import type { EntityManager } from '../database/connect.js';
import { Organization } from '../entities/organization.js';
import { Webhook } from '../entities/webhook.js';
import { notFound } from '../errors.js';
import { isId } from '../ids.js';

/**
 * The entity of this id, or null. A text that is no id is not looked for: the ORM writes values into the statement, where
 * a NUL character would end it, and PostgreSQL breaks off at a UUID that is none.
 */
export async function findById<Entity extends { id: string }>(
  em: EntityManager,
  entityClass: new () => Entity,
  id: string,
): Promise<Entity | null> {
  return isId(id) ? em.findOne<Entity>(entityClass, id as never) : null;
}

/** The organization, or a NOT_FOUND error. */
export async function findOrganization(em: EntityManager, id: string): Promise<Organization> {
  const organization = await findById(em, Organization, id);
  if (organization === null) throw notFound('organization', id);
  return organization;
}

/** The webhook, if it is not deleted, or null. */
export async function findLiveWebhook(em: EntityManager, id: string): Promise<Webhook | null> {
  const webhook = await findById(em, Webhook, id);
  return webhook?.deletedAt === null ? webhook : null;
}

/** The webhook, if it is not deleted, or a NOT_FOUND error. */
export async function findWebhook(em: EntityManager, id: string): Promise<Webhook> {
  const webhook = await findLiveWebhook(em, id);
  if (webhook === null) throw notFound('webhook', id);
  return webhook;
}
