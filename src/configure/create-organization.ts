import type { Actor } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import { EventType } from '../entities/event-type.js';
import { Organization } from '../entities/organization.js';
import { badInput } from '../errors.js';
import { builtInEventTypes } from './built-in-event-types.js';
import { check } from './find-faults.js';
import type { ConfigureParts } from './parts.js';

/** Makes an organization, with the built-in event types in its catalog. */
export async function createOrganization(
  { writes, clock, newId, fields }: ConfigureParts,
  actor: Actor,
  input: { name: string },
): Promise<Organization> {
  const { faults } = check(fields.name, input.name, 'input.name');
  if (faults.length > 0) throw badInput(faults);

  const now = clock.now();
  return writes.transaction(async (em, tx) => {
    const { name } = input;
    const organization = em.create(Organization, { id: newId(), name, createdAt: now });
    const { id } = organization;
    for (const type of builtInEventTypes) {
      em.create(EventType, {
        ...type,
        id: newId(),
        organizationId: id,
        schema: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      });
    }
    await appendAudit(tx, {
      id: newId(),
      organizationId: id,
      changedAt: now,
      action: 'ORGANIZATION_CREATED',
      actor,
      subject: { kind: 'ORGANIZATION', id, name },
      before: null,
      after: { name },
    });
    return organization;
  });
}
