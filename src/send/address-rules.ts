import { lookup as resolveByDns, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { systemClock } from '../clock.js';
import { forbiddenPorts } from './forbidden-ports.js';
import { forbiddenIpv4Ranges, forbiddenIpv6Ranges, globalIpv6Range, mappedIpv4Range, metadataAddresses } from './forbidden-ranges.js';
import { embeddedIpv4s, isInRange, lastIpv4, parseIpAddress, parseIpRange, type IpAddress } from './ip-address.js';
import { createOwnAddresses } from './own-addresses.js';

/** One text for every endpoint that is refused as it is written. */
export const ADDRESS_REFUSED_MESSAGE = 'The address of this endpoint is not allowed.';

/** The rules forbid where a request would have gone to. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'ERR_ADDRESS_REFUSED';

  constructor() {
    super(ADDRESS_REFUSED_MESSAGE);
  }
}

/** Where a request is to go, as WHATWG `URL` takes it apart: a port is empty where it is the scheme's own. */
export type Destination = Pick<URL, 'protocol' | 'hostname' | 'port'>;

/** What of a destination is forbidden. */
export type Refusal = 'SCHEME' | 'PORT' | 'ADDRESS';

/** Where requests may go: deliveries and token requests alike. */
export interface AddressRules {
  /** Whether requests go by https alone. */
  readonly isHttpsOnly: boolean;
  /**
   * What forbids a request to this destination, as far as that can be told without a name server; undefined where nothing does.
   * Sockets do not look up a host that is itself an address, so the `lookup` below never sees it.
   */
  findRefusal(destination: Destination): Refusal | undefined;
  /** Whether no request may go to this IP address. Anything that is no IP address is forbidden, and so is one with a zone. */
  isForbiddenAddress(address: string): boolean;
  /**
   * To be used in the place of `dns.lookup`: gives the socket the answers of the name server, or nothing when any one of them is
   * forbidden. One bad answer among good ones is an attack, or a mistake that one would not find.
   *
   * A name that leads to a forbidden address fails as one that does not exist (`ENOTFOUND`): whoever may configure an endpoint could
   * otherwise ask which names there are inside the operator's network.
   */
  readonly lookup: LookupFunction;
}

/** Asks the name server; `dns.lookup` with `all: true`. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface AddressOptions {
  isHttpsOnly?: boolean;
  resolve?: Resolve;
  /** Whether an address is one of this machine's own: those are forbidden like loopback. */
  isOwnAddress?: (address: IpAddress) => boolean;
}

/** The rules, with CIDR ranges that are open although the tables forbid them. Throws a RangeError on a malformed range. */
export function createAddressRules(
  allowedRanges: readonly string[],
  { isHttpsOnly = false, resolve = resolveByDns, isOwnAddress = createOwnAddresses(systemClock) }: AddressOptions = {},
): AddressRules {
  const allowed = allowedRanges.map(parseIpRange);

  function isForbiddenAddress(text: string): boolean {
    const address = parseIpAddress(text);
    if (address === null || isMetadata(address)) return true;
    const meant = isInRange(address, mappedIpv4Range) ? lastIpv4(address) : address;
    if (allowed.some((range) => isInRange(meant, range))) return false;
    if (isOwnAddress(meant)) return true;
    if (address.family === 4) return forbiddenIpv4Ranges.some((range) => isInRange(address, range));
    return !isInRange(address, globalIpv6Range) || forbiddenIpv6Ranges.some((range) => isInRange(address, range));
  }

  function findRefusal({ protocol, hostname, port }: Destination): Refusal | undefined {
    if (protocol !== 'https:' && (protocol !== 'http:' || isHttpsOnly)) return 'SCHEME';
    if (forbiddenPorts.has(port)) return 'PORT';
    const addresses = addressesWithoutLookup(hostname);
    return addresses.length > 0 && addresses.every(isForbiddenAddress) ? 'ADDRESS' : undefined;
  }

  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error && error.code !== 'ENOTFOUND') return callback(error, []);
      const [first] = error ? [] : addresses;
      if (first === undefined || addresses.some(({ address }) => isForbiddenAddress(address))) return callback(noAddress(hostname), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };

  return { isHttpsOnly, findRefusal, isForbiddenAddress, lookup };
}

/** What a host is known to be before any name server is asked: an address, or this very machine (RFC 6761, section 6.3). */
function addressesWithoutLookup(hostname: string): string[] {
  if (/(?:^|\.)localhost\.?$/i.test(hostname)) return ['127.0.0.1', '::1'];
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const isLiteral = literal !== hostname || literal.includes(':') || parseIpAddress(literal) !== null;
  return isLiteral ? [literal] : [];
}

/** Also where the address of an IPv4 metadata server is wrapped in IPv6: opening `::/0` must not open it. */
function isMetadata(address: IpAddress): boolean {
  return [address, ...embeddedIpv4s(address)].some((meant) =>
    metadataAddresses.some(({ family, value }) => family === meant.family && value === meant.value),
  );
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address that requests may go to.`), { code: 'ENOTFOUND' });
}
