import { isInRange, lastIpv4, parseIpAddress, parseIpRange } from '../send/ip-address.js';

/** The IPv4 addresses as an IPv6 socket has them (RFC 4291, section 2.5.5.2). */
const mappedRange = parseIpRange('::ffff:0:0/96');

/** Whether an address lies in one of the CIDR ranges of trusted proxies. */
export function isTrustedProxyBy(ranges: readonly string[]): (address: string) => boolean {
  const parsed = ranges.map(parseIpRange);
  return (text) => {
    const given = parseIpAddress(text);
    if (given === null) return false;
    const address = isInRange(given, mappedRange) ? lastIpv4(given) : given;
    return parsed.some((range) => isInRange(address, range));
  };
}
