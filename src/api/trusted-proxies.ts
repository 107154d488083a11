import type { IncomingMessage } from 'node:http';
import { isInRange, lastIpv4, parseIpAddress, parseIpRange, type IpRange } from '../send/ip-address.js';

/** A request as its headers and its connection tell of it. */
type Received = Pick<IncomingMessage, 'headers'> & { socket: Pick<IncomingMessage['socket'], 'remoteAddress'> };

/** The IPv4 addresses as an IPv6 socket has them (RFC 4291, section 2.5.5.2). */
const mappedRange = parseIpRange('::ffff:0:0/96');

/**
 * Reads what proxies say of a request in `X-Forwarded-For` and `X-Forwarded-Host`. Anybody can send these headers, so they count
 * only while the other side of the connection is a proxy that the operator trusts. HTTP and WebSockets go by the same rules.
 */
export class TrustedProxies {
  readonly #ranges: readonly IpRange[];

  /** Takes CIDR ranges. Throws a RangeError on a malformed one. */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.map(parseIpRange);
  }

  /** Whether an address is a trusted proxy's. */
  includes(text: string): boolean {
    // Each request is asked about, and most servers have none.
    const given = this.#ranges.length === 0 ? null : parseIpAddress(text);
    if (given === null) return false;
    const address = isInRange(given, mappedRange) ? lastIpv4(given) : given;
    return this.#ranges.some((range) => isInRange(address, range));
  }

  /**
   * The IP address of the client: the other side of the connection or, while that is a trusted proxy, the address that it appended
   * to `X-Forwarded-For`. An entry that is no address ends the search at the proxy that passed it on. Null once the connection is gone.
   */
  clientAddressOf({ headers, socket }: Received): string | null {
    if (socket.remoteAddress === undefined) return null;
    let address = withoutMapping(socket.remoteAddress);
    const entries = listIn(headers['x-forwarded-for']);
    while (this.includes(address)) {
      const before = addressIn(entries.pop());
      if (before === undefined) break;
      address = before;
    }
    return address;
  }

  /** The names under which the client may have asked for this server, in lower case: `Host`, and what a trusted proxy was asked for. */
  hostsOf({ headers, socket }: Received): string[] {
    const isForwarded = socket.remoteAddress !== undefined && this.includes(socket.remoteAddress);
    const hosts = [headers.host ?? '', ...(isForwarded ? listIn(headers['x-forwarded-host']) : [])];
    return hosts.filter((host) => host !== '').map((host) => host.toLowerCase());
  }
}

function listIn(header: string | string[] | undefined): string[] {
  return header === undefined
    ? []
    : String(header)
        .split(',')
        .map((entry) => entry.trim());
}

/** Some proxies append the port: `203.0.113.7:51234`, `[2001:db8::7]:443`. */
function addressIn(entry: string | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const withoutPort = /^\[(.+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  const address = withoutMapping(withoutPort);
  return parseIpAddress(address) === null ? undefined : address;
}

/** A server that listens on `::` sees `127.0.0.1` as `::ffff:127.0.0.1`; both are one address, and the log has it in its usual form. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
