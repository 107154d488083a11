import type { Header } from './outcome.js';

/** Placeholder until the parser is in. */
export function retryAfterMs(headers: readonly Header[], _now: number): number | null {
  const value = headers.find(({ name }) => name.toLowerCase() === 'retry-after')?.value;
  return value !== undefined && /^\d+$/.test(value) ? Math.min(Math.max(Number(value) * 1000, 1000), 86_400_000) : null;
}
