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

/**
 * Where clouds and their container services hand out credentials to whoever asks from inside. No setting opens these, nor
 * what wraps them in IPv6.
 */
export const metadataAddresses = [
  // AWS, Google Cloud, Azure, DigitalOcean, OpenStack and others
  '169.254.169.254',
  // AWS: containers
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::23',
  'fd00:ec2::254',
  // Google Cloud
  'fd20:ce::254',
  // Azure's own agent
  '168.63.129.16',
  // Alibaba
  '100.100.100.200',
  // Oracle
  '192.0.0.192',
  // Scaleway
  '169.254.42.42',
  'fd00:42::42',
  // Tencent
  '169.254.0.23',
].map((text) => parseIpAddress(text)!);

/** IPv4 written as IPv6 (RFC 4291, section 2.5.5.2): what reaches the IPv4 address itself. */
export const mappedIpv4Range = parseIpRange('::ffff:0:0/96');
