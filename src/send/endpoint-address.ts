import type { AddressRules } from './address-rules.js';
import { BoundedCache } from '../bounded-cache.js';

/** An endpoint, taken apart for sending. */
export interface EndpointAddress {
  origin: string;
  /** Path and query. */
  path: string;
  /** Whether the rules forbid its scheme, its port or the address that it names: nothing need be tried. */
  isForbidden: boolean;
}

/** Takes endpoints apart, each once for as long as it is in use. Gives null for what is no http or https URL. */
export function createEndpointReader(rules: AddressRules): (endpoint: string) => EndpointAddress | null {
  const known = new BoundedCache<string, { address: EndpointAddress | null }>(10_000);
  return (endpoint) => known.getOrMake(endpoint, () => ({ address: readEndpoint(endpoint, rules) })).address;
}

function readEndpoint(endpoint: string, rules: AddressRules): EndpointAddress | null {
  const url = URL.parse(endpoint);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  return { origin: url.origin, path: url.pathname + url.search, isForbidden: rules.findRefusal(url) !== undefined };
}
