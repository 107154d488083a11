import type { Actor } from '../actor.js';
import type { Webhook } from '../entities/webhook.js';
import { badInput, describe, describeType, type Fault } from '../errors.js';
import { saveNewWebhook } from './create-webhook.js';
import { joinFaults } from './hook-faults.js';
import type { ConfigureParts } from './parts.js';
import { documentReader } from './webhook-document.js';

/**
 * Makes a webhook from a configuration document. The organization is named beside the document or in it; where both name
 * one, it must be the same.
 */
export async function importWebhook(
  parts: ConfigureParts,
  { organizationId, reach }: { organizationId: string | null | undefined; reach: Actor },
  document: unknown,
): Promise<Webhook> {
  const read = documentReader(parts.fields)(document);
  const named = namedOrganization(document);
  const owner = organizationId ?? named;
  if (owner === undefined) {
    const expected = 'the id of an organization, beside the document or in it';
    const missing = { path: 'organizationId', received: describeType(documentOrganization(document)), expected };
    throw badInput(joinFaults([missing], read.faults));
  }
  const faults = named === undefined || named === owner ? read.faults : [...read.faults, otherOrganization(named, owner)];
  return saveNewWebhook(
    parts,
    { id: owner, reach },
    {
      action: 'WEBHOOK_IMPORTED',
      checked: faults.length === 0 ? { value: read.value!.draft, faults: [] } : { value: undefined, faults },
      hooks: (document as { hooks?: unknown } | null)?.hooks,
      hooksPath: 'hooks',
      organizationPath: 'organizationId',
    },
  );
}

function otherOrganization(named: string, owner: string): Fault {
  return { path: 'organizationId', received: describe(named), expected: `the organization that the call names, ${describe(owner)}` };
}

function namedOrganization(document: unknown): string | undefined {
  const named = documentOrganization(document);
  return typeof named === 'string' ? named : undefined;
}

function documentOrganization(document: unknown): unknown {
  return (document as { organizationId?: unknown } | null)?.organizationId;
}
