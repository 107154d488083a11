import { EventType, type JsonSchema } from '../entities/event-type.js';
import { badInput, describe, describeType, type Fault } from '../errors.js';
import { compileJsonSchema } from '../json-schema.js';
import { check } from './find-faults.js';
import { findOrganization } from './find-live.js';
import type { ConfigureParts } from './parts.js';

export interface EventTypeDraft {
  organizationId: string;
  name: string;
  description: string;
  schema: unknown;
  example: unknown;
}

/** Adds a type to an organization's catalog; a name that is there already gets the new description, schema and example. */
export async function registerEventType({ writes, clock, newId, fields }: ConfigureParts, draft: EventTypeDraft): Promise<EventType> {
  const faults = [
    ...check(fields.eventTypeName, draft.name, 'input.name').faults,
    ...check(fields.description, draft.description, 'input.description').faults,
    ...findSchemaFaults(draft.schema, draft.example),
  ];
  if (faults.length > 0) throw badInput(faults);

  const { organizationId, name } = draft;
  const schema = (draft.schema ?? null) as JsonSchema | null;
  const now = clock.now();
  return writes.transaction(async (em) => {
    await findOrganization(em, organizationId);
    const known = await em.findOne(EventType, { organizationId, name });
    const change = { description: draft.description, schema, example: draft.example ?? null, updatedAt: now };
    if (known !== null) return em.assign(known, { ...change, version: known.version + 1 });
    return em.create(EventType, { ...change, id: newId(), organizationId, name, version: 1, createdAt: now });
  });
}

/** The schema must be one, and the example must keep to it. */
function findSchemaFaults(schema: unknown, example: unknown): Fault[] {
  if (schema === null || schema === undefined) return [];
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || Array.isArray(schema))) {
    return [{ path: 'input.schema', received: describe(schema), expected: 'a JSON Schema: an object, true or false' }];
  }
  try {
    const validate = compileJsonSchema(schema as Record<string, unknown> | boolean);
    return example === null || example === undefined ? [] : validate(example, 'input.example');
  } catch (error) {
    return [{ path: 'input.schema', received: describeType(schema), expected: `a valid JSON Schema (${(error as Error).message})` }];
  }
}
