/** An error, what it was caused by, and so on. */
export function causesOf(error: unknown): Error[] {
  const causes = new Set<Error>();
  for (let one = error; one instanceof Error && !causes.has(one); one = one.cause) causes.add(one);
  return [...causes];
}

/** The database's name of what went wrong, such as `SQLITE_BUSY` or `40P01`. The ORM copies it to its own errors. */
export function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
