import { describe, type Fault } from '../errors.js';
import type { EntityManager } from '../database/connect.js';
import { EventType } from '../entities/event-type.js';
import { EVENT_TYPE_NAME, HOOKS_LIMIT } from './field-schemas.js';
import { FAULT_LIMIT } from './find-faults.js';
import type { HookDraft } from './webhook-draft.js';

/** A hook as it came in: its fields may be anything, each told of by its own rule. */
type UncheckedHook = { readonly [Field in keyof HookDraft]?: unknown } | null | undefined;

/**
 * What is wrong with a list of hooks beside its single fields: a type that is not in the organization's catalog, and a
 * hook that stands in the list twice. `root` is the list's path. Of an organization that there is not (null), no catalog is looked at.
 */
export async function findHookFaults(em: EntityManager, organizationId: string | null, hooks: unknown, root: string): Promise<Fault[]> {
  if (!Array.isArray(hooks) || hooks.length > HOOKS_LIMIT) return [];

  const types = new Set(hooks.map((hook: UncheckedHook) => hook?.type).filter((type) => typeof type === 'string'));
  const knownTypes = organizationId === null ? types : await findKnownTypes(em, organizationId, types);
  const firstPlaces = new Map<string, number>();

  return hooks.flatMap((hook: UncheckedHook, index) => {
    const faults: Fault[] = [];
    if (typeof hook?.type === 'string' && !knownTypes.has(hook.type)) {
      const expected = "the name of an event type in the organization's catalog (registerEventType adds one)";
      faults.push({ path: `${root}[${index}].type`, received: describe(hook.type), expected });
    }
    if (!isWhole(hook)) return faults;

    const key = hookKey(hook);
    const firstPlace = firstPlaces.get(key);
    if (firstPlace === undefined) firstPlaces.set(key, index);
    else
      faults.push({
        path: `${root}[${index}]`,
        received: describe({ type: hook.type, method: hook.method, endpoint: hook.endpoint }),
        expected: `a hook that does not stand at ${root}[${firstPlace}] already`,
      });
    return faults;
  });
}

async function findKnownTypes(em: EntityManager, organizationId: string, types: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const names = [...types].filter((type) => EVENT_TYPE_NAME.test(type));
  const known = await em.find(EventType, { organizationId, name: { $in: names } }, { fields: ['name'] });
  return new Set(known.map(({ name }) => name));
}

function isWhole(hook: UncheckedHook): hook is Record<keyof HookDraft, string> {
  return typeof hook?.type === 'string' && typeof hook.method === 'string' && typeof hook.endpoint === 'string';
}

/** What makes a hook the same as another: its type, method and endpoint. */
export function hookKey({ type, method, endpoint }: NonNullable<UncheckedHook>): string {
  return JSON.stringify([type, method, endpoint]);
}

/** Both lists of faults, each place told of once, as a field's own rule says it best; no more than are told at once. */
export function joinFaults(ofFields: readonly Fault[], ofHooks: readonly Fault[]): Fault[] {
  const told = new Set(ofFields.map(({ path }) => path));
  return [...ofFields, ...ofHooks.filter(({ path }) => !told.has(path))].slice(0, FAULT_LIMIT);
}
