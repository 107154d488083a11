/** A number as tables show it, with a dash where there is none. */
export function shown(value: number | null, digits: number): string {
  return value === null || Number.isNaN(value) ? '-' : value.toFixed(digits);
}

/** Bytes in MiB. */
export function shownMiB(bytes: number | null | undefined): string {
  return shown(bytes == null ? null : bytes / 2 ** 20, 0);
}

/** A share from 0 to 1 in percent. */
export function shownShare(share: number | null): string {
  return share === null ? shown(share, 0) : `${shown(share * 100, 0)} %`;
}
