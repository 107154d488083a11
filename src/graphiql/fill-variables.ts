/** Ids by the names of the variables that ask for them, such as `organizationId`. An empty one is not known yet. */
export type KnownIds = Readonly<Record<string, string>>;

/**
 * Puts the known ids into the variables of an operation, where it declares them: those that are missing, and those that were filled in
 * before. What the user has typed stays. Undefined where there is nothing to change, or where the variables are no JSON object.
 */
export function fillVariables(
  query: string,
  variables: string,
  ids: KnownIds,
  isFilled: (id: string) => boolean,
): { text: string; filled: readonly string[] } | undefined {
  const given = parseObject(variables);
  if (given === undefined) return undefined;
  const changes = Object.entries(ids).filter(([name, id]) => {
    const present = given[name];
    const isFree = present === undefined || present === '' || (typeof present === 'string' && isFilled(present));
    return id !== '' && present !== id && isFree && declares(query, name);
  });
  if (changes.length === 0) return undefined;
  const filled = Object.fromEntries(changes);
  return { text: JSON.stringify({ ...filled, ...given, ...filled }, null, 2), filled: Object.values(filled) };
}

/** As a word of the operation that is a variable with its type; the text may not parse while somebody types it. */
function declares(query: string, name: string): boolean {
  return new RegExp(`\\$${name}\\s*:`).test(query);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
