import { networkInterfaces } from 'node:os';
import type { Clock } from '../clock.js';
import { parseIpAddress, type IpAddress } from './ip-address.js';

/** Addresses come and go (DHCP, IPv6 privacy, failover); a new one is known after this at the latest. */
const KNOWN_FOR_MS = 10_000;

/** Gives all addresses of the machine's network interfaces. */
export type ListAddresses = () => readonly string[];

/**
 * Tells whether an address is one of this machine's own, as its interfaces have them. A public address of its own is another name for
 * loopback: what listens on all interfaces answers there, whatever a firewall outside keeps from others.
 */
export function createOwnAddresses(clock: Clock, list: ListAddresses = listInterfaceAddresses): (address: IpAddress) => boolean {
  let known: IpAddress[] = [];
  let staleAt = -Infinity;
  return ({ family, value }) => {
    const now = clock.elapsed();
    if (now >= staleAt) {
      known = readAddresses(list) ?? known;
      staleAt = now + KNOWN_FOR_MS;
    }
    return known.some((own) => own.family === family && own.value === value);
  };
}

/** Null where the system does not say; what was known before stands then. */
function readAddresses(list: ListAddresses): IpAddress[] | null {
  try {
    return list()
      .map(parseIpAddress)
      .filter((address) => address !== null);
  } catch {
    return null;
  }
}

function listInterfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
