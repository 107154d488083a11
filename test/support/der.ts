/** The Distinguished Encoding Rules (X.690), as much of them as a certificate takes: each function gives one encoded value. */

export const TRUE = Buffer.of(0x01, 1, 0xff);

export function sequence(...contents: Buffer[]): Buffer {
  return value(0x30, ...contents);
}

export function set(...contents: Buffer[]): Buffer {
  return value(0x31, ...contents);
}

/** A value inside of a context tag. */
export function explicit(tag: number, content: Buffer): Buffer {
  return value(0xa0 + tag, content);
}

/** A primitive value whose own tag a context tag replaces. */
export function implicit(tag: number, content: Buffer): Buffer {
  return value(0x80 + tag, content);
}

/** A whole number from 0 to 127. */
export function integer(number: number): Buffer {
  return value(0x02, Buffer.of(number));
}

/** A positive number from random bytes, as certificates are numbered. */
export function serialNumber(random: Buffer): Buffer {
  return value(0x02, Buffer.of(0x40 | (random[0]! & 0x3f)), random.subarray(1));
}

export function objectId(first: number, second: number, ...rest: number[]): Buffer {
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function octetString(content: Buffer): Buffer {
  return value(0x04, content);
}

export function bitString(content: Buffer): Buffer {
  return value(0x03, Buffer.of(0), content);
}

export function text(content: string): Buffer {
  return value(0x0c, Buffer.from(content));
}

/** An instant between 1950 and 2049, to the second. */
export function utcTime(at: number): Buffer {
  return value(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/\D/g, '')}Z`));
}

function value(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Buffer): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(number: number): number[] {
  const groups = [number & 0x7f];
  for (let left = number >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
  return groups;
}
