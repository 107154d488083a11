import type { EntityManager } from '../database/connect.js';
import { Organization } from '../entities/organization.js';
import type { NewId } from '../ids.js';

/**
 * Says that an organization's event types or hooks are others from this transaction on: whoever publishes reads them anew. An id,
 * and no count: a count that a standby has not got before it took over would be given a second time, to something else.
 */
export async function renewCatalog(em: EntityManager, newId: NewId, organizationId: string): Promise<void> {
  await em.nativeUpdate(Organization, { id: organizationId }, { catalogVersion: newId() });
}
