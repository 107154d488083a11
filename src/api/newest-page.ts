import type { ClassType } from 'type-graphql';
import type { EntityManager } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import { deliveryList, eventList } from '../database/lists/owner-lists.js';
import { readNewest } from '../database/lists/read-newest.js';
import { Delivery } from '../entities/delivery.js';
import { Event } from '../entities/event.js';
import { checkPage, type Connection, cursorOf, type PageArgs, parseCursor } from './paging.js';

/** What belongs to somebody, in a table that grows: by the property that names him, whose list it stands in. */
type OwnedBy = 'organizationId' | 'webhookId' | 'hookId';

/** The columns of the owners. */
const ownerColumns = { organizationId: 'organization_id', webhookId: 'webhook_id', hookId: 'hook_id' } as const;

/** Reads one page of what belongs to an owner in a table that grows, the newest first. */
export async function readNewestPage<Entity extends { id: string } & { [Name in Owner]: string }, Owner extends OwnedBy>(
  em: EntityManager,
  entityClass: ClassType<Entity>,
  owner: readonly [Owner, string],
  pageArgs: PageArgs,
): Promise<Connection<Entity>> {
  checkPage(pageArgs, ['uuid']);
  const { first, after } = pageArgs;
  const before = after == null ? null : (parseCursor(after) as [string])[0];
  const found = await findNewest(em, entityClass as ClassType<{ id: string }>, { owner, before, limit: first + 1 });
  const edges = found.slice(0, first).map((node) => ({ cursor: cursorOf([node.id]), node: node as Entity }));
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

interface Newest {
  owner: readonly [OwnedBy, string];
  before: string | null;
  limit: number;
}

/**
 * By the owner's list on SQLite, and by his index on PostgreSQL.
 *
 * Asked for the rows of an owner in the order of their ids, PostgreSQL goes back through the whole table by its primary key
 * where the owner has a large part of it, and reads millions where that part is old. So the order names the owner first, as
 * his index has it, and the owner is one of two values, which are the same: of a single one it would be left out.
 */
async function findNewest(em: EntityManager, entityClass: ClassType<{ id: string }>, newest: Newest): Promise<Array<{ id: string }>> {
  const { owner, before, limit } = newest;
  const [name, ownerId] = owner;
  const db = em.getKysely();
  const list = isPostgres(db) ? undefined : listOf(entityClass);
  if (list !== undefined) {
    const ids = await readNewest(db, list, { owner: [ownerColumns[name], ownerId], before, limit });
    return em.find(entityClass, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
  }
  const where = { [name]: { $in: [ownerId, ownerId] }, ...(before === null ? {} : { id: { $lt: before } }) };
  return em.find(entityClass, where, { orderBy: [{ [name]: 'desc' }, { id: 'desc' }], limit });
}

function listOf(entityClass: ClassType) {
  if (entityClass === Delivery) return deliveryList;
  return entityClass === Event ? eventList : undefined;
}
