import { isIP } from 'node:net';

/** An address as a number of 32 or 128 bits. */
export interface IpAddress {
  family: 4 | 6;
  value: bigint;
}

/** The addresses that have the first `prefixLength` bits of `value`. */
export interface IpRange extends IpAddress {
  prefixLength: number;
}

/**
 * The address that `text` spells, or null: names, decimal or octal spellings and addresses with a zone (`%eth0`) are none.
 *
 * Numbers rather than `net.BlockList`, which answers "not blocked" for a wrong family or for garbage, and which takes
 * `::ffff:0:0/96` for all of IPv4.
 */
export function parseIpAddress(text: string): IpAddress | null {
  const family = isIP(text);
  if (family === 4) return { family, value: ipv4Value(text) };
  if (family === 6 && !text.includes('%')) return { family, value: ipv6Value(text) };
  return null;
}

/** The range that CIDR text such as `10.0.0.0/8` or `2001:db8::/32` spells. Throws a RangeError on anything else. */
export function parseIpRange(cidr: string): IpRange {
  const [start = '', length = '', ...rest] = cidr.split('/');
  const address = parseIpAddress(start);
  const prefixLength = Number(length);
  if (address === null || rest.length > 0 || !/^\d{1,3}$/.test(length) || prefixLength > bitsOf(address)) {
    throw new RangeError(`${JSON.stringify(cidr)} is not a CIDR range.`);
  }
  return { ...address, prefixLength };
}

/** Whether `address` is of the range's family and lies in it. */
export function isInRange(address: IpAddress, range: IpRange): boolean {
  const hostBits = BigInt(bitsOf(range) - range.prefixLength);
  return address.family === range.family && address.value >> hostBits === range.value >> hostBits;
}

/** The IPv4 address in the last 32 bits. */
export function lastIpv4({ value }: IpAddress): IpAddress {
  return ipv4At(value, 0);
}

/**
 * The IPv4 addresses that somebody on the way may find in an IPv6 address: none in an IPv4 address. Its last 32 bits always count,
 * since a network chooses the prefix of its NAT64 itself (RFC 6052); compatible, mapped, translated and ISATAP addresses have
 * theirs there too.
 */
export function embeddedIpv4s(address: IpAddress): IpAddress[] {
  if (address.family === 4) return [];
  const { value } = address;
  const found = [lastIpv4(address)];
  if (isInRange(address, sixToFourRange)) found.push(ipv4At(value, 80));
  if (isInRange(address, teredoRange)) found.push(ipv4At(~value, 0));
  // With a prefix of 48 bits, eight bits that are zero part the address in two.
  if (isInRange(address, localNat64Range)) found.push(ipv4At(((value >> 64n) & 0xffffn) * 0x1_0000n + ((value >> 40n) & 0xffffn), 0));
  return found;
}

/** RFC 3056, section 2 */
const sixToFourRange = parseIpRange('2002::/16');

/** RFC 4380, section 4: the address is written with each bit turned over. */
const teredoRange = parseIpRange('2001::/32');

/** RFC 8215 */
const localNat64Range = parseIpRange('64:ff9b:1::/48');

/** The 32 bits that stand so many bits before the end. */
function ipv4At(value: bigint, bitsAfter: number): IpAddress {
  return { family: 4, value: (value >> BigInt(bitsAfter)) & 0xffff_ffffn };
}

function bitsOf({ family }: IpAddress): number {
  return family === 4 ? 32 : 128;
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv6Value(text: string): bigint {
  const [front = '', back] = withoutDots(text).split('::');
  const head = groupsOf(front);
  const tail = groupsOf(back ?? '');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

/** `::ffff:1.2.3.4` as `::ffff:102:304`. */
function withoutDots(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  const end = text.slice(start);
  if (!end.includes('.')) return text;
  const value = ipv4Value(end);
  return `${text.slice(0, start)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
