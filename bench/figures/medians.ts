import type { CpuWork } from '../stage/cpu-work.js';
import { medianOf, type Spread } from './percentiles.js';

/** Null where one of them is, and where there are none. */
export function medianWhereAllTell(values: ReadonlyArray<number | null>): number | null {
  const told = values.filter((value) => value !== null);
  return told.length < values.length || told.length === 0 ? null : medianOf(told);
}

/** Value by value. */
export function medianSpreadOf(spreads: readonly Spread[]): Spread {
  const of = (part: keyof Spread) => medianOf(spreads.map((spread) => spread[part]));
  return { count: of('count'), p50: of('p50'), p95: of('p95'), p99: of('p99'), max: of('max') };
}

/** Part by part. */
export function medianCpuWorkOf(works: readonly CpuWork[]): CpuWork {
  const of = (part: keyof CpuWork) => medianWhereAllTell(works.map((work) => work[part]));
  return { servers: of('servers'), database: of('database'), receiver: of('receiver'), generator: of('generator') };
}
