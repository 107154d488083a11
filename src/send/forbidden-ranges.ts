import { parseIpAddress, parseIpRange } from './ip-address.js';

/** IPv4 that is not the public internet (IANA's special-purpose registry), and 168.63.129.16, which Azure answers on inside. */
export const forbiddenIpv4Ranges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(parseIpRange);

/** The only part of IPv6 given out for the public internet. All else is forbidden, embedded IPv4 (`::7f00:1`) with it. */
export const globalIpv6Range = parseIpRange('2000::/3');

/** What is not the public internet inside `globalIpv6Range`: protocol assignments, documentation, 6to4, AS112. */
export const forbiddenIpv6Ranges = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'].map(parseIpRange);

/** Where clouds hand out credentials to whoever asks from inside. No setting opens these. */
export const metadataAddresses = [
  '169.254.169.254',
  '169.254.170.2',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fe80::a9fe:a9fe',
].map((text) => parseIpAddress(text)!);

/** IPv4 written as IPv6 (RFC 4291, section 2.5.5.2): what reaches the IPv4 address itself. */
export const mappedIpv4Range = parseIpRange('::ffff:0:0/96');

/** All ranges whose last 32 bits are an IPv4 address that somebody on the way may unwrap: compatible, mapped, NAT64. */
export const embeddedIpv4Ranges = [parseIpRange('::/96'), mappedIpv4Range, parseIpRange('64:ff9b::/96')];
