/** A figure as a cell shows it; a dash where there is none. */
export function shown(value: number | null, digits: number): string {
  return value === null || Number.isNaN(value) ? '-' : value.toFixed(digits);
}

export function percentOf(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
