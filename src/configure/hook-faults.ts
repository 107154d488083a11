import { describe, type Fault } from '../errors.js';
import type { EntityManager } from '../database/connect.js';
import { EventType } from '../entities/event-type.js';
import type { HookDraft } from './webhook-draft.js';

/** A hook as it came in: its fields may be anything, each told of by its own rule. */
type UncheckedHook = { readonly [Field in keyof HookDraft]?: unknown } | null | undefined;

/**
 * What is wrong with a list of hooks beside its single fields: a type that is not in the organization's catalog, and a
 * hook that stands in the list twice. `root` is the list's path.
 */
export async function findHookFaults(em: EntityManager, organizationId: string, hooks: unknown, root: string): Promise<Fault[]> {
  if (!Array.isArray(hooks)) return [];

  const types = hooks.map((hook: UncheckedHook) => hook?.type).filter((type) => typeof type === 'string');
  const known = await em.find(EventType, { organizationId, name: { $in: [...new Set(types)] } }, { fields: ['name'] });
  const knownNames = new Set(known.map(({ name }) => name));
  const firstPlaces = new Map<string, number>();

  return hooks.flatMap((hook: UncheckedHook, index) => {
    const faults: Fault[] = [];
    if (typeof hook?.type === 'string' && !knownNames.has(hook.type)) {
      const expected = "the name of an event type in the organization's catalog (registerEventType adds one)";
      faults.push({ path: `${root}[${index}].type`, received: describe(hook.type), expected });
    }
    const key = hookKey(hook ?? {});
    const firstPlace = firstPlaces.get(key);
    if (firstPlace === undefined) firstPlaces.set(key, index);
    else
      faults.push({
        path: `${root}[${index}]`,
        received: describe(hook),
        expected: `a hook that does not stand at ${root}[${firstPlace}] already`,
      });
    return faults;
  });
}

/** What makes a hook the same as another: its type, method and endpoint. */
export function hookKey({ type, method, endpoint }: NonNullable<UncheckedHook>): string {
  return JSON.stringify([type, method, endpoint]);
}

/** Both lists of faults, each place told of once: a field's own rule says it best. */
export function joinFaults(ofFields: readonly Fault[], ofHooks: readonly Fault[]): Fault[] {
  const told = new Set(ofFields.map(({ path }) => path));
  return [...ofFields, ...ofHooks.filter(({ path }) => !told.has(path))];
}
