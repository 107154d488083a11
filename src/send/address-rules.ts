import { lookup as resolveByDns, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import {
  embeddedIpv4Ranges,
  forbiddenIpv4Ranges,
  forbiddenIpv6Ranges,
  globalIpv6Range,
  mappedIpv4Range,
  metadataAddresses,
} from './forbidden-ranges.js';
import { isInRange, parseIpAddress, parseIpRange, type IpAddress } from './ip-address.js';

/** One text for every refused address: which of them exist inside the network is nobody's business. */
export const ADDRESS_REFUSED_MESSAGE = 'The address of this endpoint is not allowed.';

/** The rules forbid an address that a request would have gone to. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'ERR_ADDRESS_REFUSED';

  constructor() {
    super(ADDRESS_REFUSED_MESSAGE);
  }
}

/** Where requests may go: deliveries and token requests alike. */
export interface AddressRules {
  /** Whether no request may go to this IP address. Anything that is no IP address is forbidden, and so is one with a zone. */
  isForbiddenAddress(address: string): boolean;
  /**
   * Whether a host name, as WHATWG `URL` gives it, is itself a forbidden address. Sockets do not look such names up, so the
   * `lookup` below never sees them. A name that must be looked up first gives false.
   */
  isForbiddenHostname(hostname: string): boolean;
  /**
   * To be used in the place of `dns.lookup`: gives the socket the answers of the name server, or an `AddressRefusedError`
   * when any one of them is forbidden. One bad answer among good ones is an attack, or a mistake that one would not find.
   */
  readonly lookup: LookupFunction;
}

/** Asks the name server; `dns.lookup` with `all: true`. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The rules, with CIDR ranges that are open although the tables forbid them. Throws a RangeError on a malformed range. */
export function createAddressRules(allowedRanges: readonly string[], resolve: Resolve = resolveByDns): AddressRules {
  const allowed = allowedRanges.map(parseIpRange);

  function isForbiddenAddress(text: string): boolean {
    const address = parseIpAddress(text);
    if (address === null || isMetadata(address)) return true;
    const meant = isInRange(address, mappedIpv4Range) ? embeddedIpv4(address) : address;
    if (allowed.some((range) => isInRange(meant, range))) return false;
    if (address.family === 4) return forbiddenIpv4Ranges.some((range) => isInRange(address, range));
    return !isInRange(address, globalIpv6Range) || forbiddenIpv6Ranges.some((range) => isInRange(address, range));
  }

  function isForbiddenHostname(hostname: string): boolean {
    const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const isLiteral = literal !== hostname || literal.includes(':') || parseIpAddress(literal) !== null;
    return isLiteral && isForbiddenAddress(literal);
  }

  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const [first] = addresses;
      if (first === undefined) return callback(noAddress(hostname), []);
      if (addresses.some(({ address }) => isForbiddenAddress(address))) return callback(new AddressRefusedError(), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };

  return { isForbiddenAddress, isForbiddenHostname, lookup };
}

/** Also where the address of an IPv4 metadata server is wrapped in IPv6: opening `::/0` must not open it. */
function isMetadata(address: IpAddress): boolean {
  const isWrapped = embeddedIpv4Ranges.some((range) => isInRange(address, range));
  const meant = isWrapped ? embeddedIpv4(address) : address;
  return metadataAddresses.some(({ family, value }) => family === meant.family && value === meant.value);
}

function embeddedIpv4({ value }: IpAddress): IpAddress {
  return { family: 4, value: value & 0xffff_ffffn };
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address.`), { code: 'ENOTFOUND' });
}
