import type { NamedBy } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import { findOrganization } from '../database/find-live.js';
import { EventType, type JsonSchema } from '../entities/event-type.js';
import { badInput, describe, type Fault, notFound } from '../errors.js';
import type { SchemaChecks } from '../json-schema/schema-checks.js';
import { isOperational } from '../operational-types.js';
import { isWithin } from '../reach.js';
import { check } from './find-faults.js';
import { renewCatalog } from './renew-catalog.js';
import type { ConfigureParts } from './parts.js';

export interface EventTypeDraft {
  name: string;
  description: string;
  schema: unknown;
  example: unknown;
}

/** Adds a type to an organization's catalog; a name that is there already gets the new description, schema and example. */
export async function registerEventType(
  { writes, clock, newId, fields, schemas }: ConfigureParts,
  organization: NamedBy,
  draft: EventTypeDraft,
): Promise<EventType> {
  // Before anything is compiled on behalf of somebody else.
  if (!isWithin(organization.reach, organization.id)) throw notFound('organization', organization.id);
  const faults = [
    ...check(fields.eventTypeName, draft.name, 'input.name').faults,
    ...findReservedFaults(draft.name),
    ...check(fields.description, draft.description, 'input.description').faults,
    ...(await findSchemaFaults(schemas, organization.id, draft)),
  ];
  if (faults.length > 0) throw badInput(faults);

  const { name } = draft;
  const schema = (draft.schema ?? null) as JsonSchema | null;
  const now = clock.now();
  return writes.transaction(async (em, tx) => {
    const { id: organizationId } = await findOrganization(em, organization);
    await renewCatalog(em, newId, organizationId);
    const known = await em.findOne(EventType, { organizationId, name });
    const change = { description: draft.description, schema, example: draft.example ?? null };
    const before = known === null ? null : { name, description: known.description, schema: known.schema, example: known.example };
    const registered =
      known === null
        ? em.create(EventType, { ...change, id: newId(), organizationId, name, version: 1, createdAt: now, updatedAt: now })
        : em.assign(known, { ...change, version: known.version + 1, updatedAt: now });
    await appendAudit(tx, {
      id: newId(),
      organizationId,
      changedAt: now,
      action: 'EVENT_TYPE_REGISTERED',
      actor: organization.reach,
      subject: { kind: 'EVENT_TYPE', id: registered.id, name },
      before,
      after: { name, ...change },
    });
    return registered;
  });
}

/** What the server itself publishes is as it is. */
function findReservedFaults(name: string): Fault[] {
  if (!isOperational(name)) return [];
  return [{ path: 'input.name', received: describe(name), expected: 'a name of your own: events of this type come from the server alone' }];
}

/** The largest schema or example, as JSON text in UTF-8: 256 KiB, as large as a payload may be. */
const JSON_LIMIT_BYTES = 256 * 1024;

/** The schema must be one, and the example must keep to it. */
async function findSchemaFaults(schemas: SchemaChecks, organizationId: string, { schema, example }: EventTypeDraft): Promise<Fault[]> {
  const tooLarge = [...findSizeFaults(schema, 'input.schema'), ...findSizeFaults(example, 'input.example')];
  if (tooLarge.length > 0) return tooLarge;
  if (schema === null || schema === undefined) return [];
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || Array.isArray(schema))) {
    return [{ path: 'input.schema', received: describe(schema), expected: 'a JSON Schema: an object, true or false' }];
  }
  if (typeof schema === 'object' && '$async' in schema) {
    const expected = 'no such key: a payload is checked at once';
    return [{ path: 'input.schema.$async', received: describe(schema.$async), expected }];
  }
  return schemas.findSchemaFaults(organizationId, { schema: schema as Record<string, unknown> | boolean, example, path: 'input' });
}

function findSizeFaults(value: unknown, path: string): Fault[] {
  const byteCount = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (byteCount <= JSON_LIMIT_BYTES) return [];
  return [{ path, received: `${byteCount} bytes`, expected: `at most ${JSON_LIMIT_BYTES} bytes of JSON (256 KiB)` }];
}
