import { Organization } from '../entities/organization.js';
import { Webhook } from '../entities/webhook.js';
import { notFound } from '../errors.js';
import { isId } from '../ids.js';
import { isWithin, type Named } from '../reach.js';
import type { EntityManager } from './connect.js';

/** Something of an organization, and perhaps of one of its webhooks. */
interface Owned {
  id: string;
  organizationId: string;
  webhookId?: string;
}

/**
 * The entity of this id, or null where there is none within reach. A text that is no id is not looked for: the ORM writes values
 * into the statement, where a NUL character would end it, and PostgreSQL breaks off at a UUID that is none.
 */
export async function findById<Entity extends Organization | Owned>(
  em: EntityManager,
  entityClass: new () => Entity,
  { id, reach }: Named,
): Promise<Entity | null> {
  const entity = isId(id) ? await em.findOne<Entity>(entityClass, id as never) : null;
  return entity !== null && isWithin(reach, ...placeOf(entity)) ? entity : null;
}

/** The organization, or a NOT_FOUND error. */
export async function findOrganization(em: EntityManager, named: Named): Promise<Organization> {
  const organization = await findById(em, Organization, named);
  if (organization === null) throw notFound('organization', named.id);
  return organization;
}

/** The webhook, if it is not deleted, or null. */
export async function findLiveWebhook(em: EntityManager, named: Named): Promise<Webhook | null> {
  const webhook = await findById(em, Webhook, named);
  return webhook?.deletedAt === null ? webhook : null;
}

/** The webhook, if it is not deleted, or a NOT_FOUND error. */
export async function findWebhook(em: EntityManager, named: Named): Promise<Webhook> {
  const webhook = await findLiveWebhook(em, named);
  if (webhook === null) throw notFound('webhook', named.id);
  return webhook;
}

/** The organization and, where it is of one, the webhook. */
function placeOf(entity: Organization | Owned): [organizationId: string, webhookId: string | null] {
  if (entity instanceof Organization) return [entity.id, null];
  if (entity instanceof Webhook) return [entity.organizationId, entity.id];
  const { organizationId, webhookId = null } = entity;
  return [organizationId, webhookId];
}
