/** The id of a row that a test knows by a name of at most 16 ASCII characters; ids are in the order of their names. */
export function idOf(name: string): string {
  const bytes = Buffer.alloc(16);
  if (!/^[!-~]{1,16}$/.test(name)) throw new Error(`expected a name of 1 to 16 visible ASCII characters, received ${name}`);
  bytes.write(name, 'ascii');
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The name that an id of `idOf` was made from, to be read in failures. */
export function nameOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('ascii').replaceAll('\0', '');
}
