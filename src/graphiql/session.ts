const PREFIX = 'hookgraph:';

/** How many filled-in ids are remembered. */
const FILLED_LIMIT = 200;

/**
 * What is entered once and serves every tab of GraphiQL. It is kept for this window of the browser alone: it survives a reload and goes
 * when the window is closed. `localStorage` would keep the key on disk for good.
 */
export function readSession(name: 'key' | 'organizationId'): string {
  return sessionStorage.getItem(PREFIX + name) ?? '';
}

export function writeSession(name: 'key' | 'organizationId', value: string): void {
  if (value === '') sessionStorage.removeItem(PREFIX + name);
  else sessionStorage.setItem(PREFIX + name, value);
}

/** Ids that the page has filled in itself. GraphiQL keeps its tabs in `localStorage`, so these are there too. */
export function readFilled(): ReadonlySet<string> {
  const stored = localStorage.getItem(`${PREFIX}filled`);
  return new Set(stored === null ? [] : (JSON.parse(stored) as string[]));
}

export function rememberFilled(id: string): void {
  const filled = readFilled();
  if (!filled.has(id)) localStorage.setItem(`${PREFIX}filled`, JSON.stringify([...filled, id].slice(-FILLED_LIMIT)));
}
