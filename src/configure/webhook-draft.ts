import type { ClientAuthentication, GrantType } from '../entities/authentication.js';
import { DEFAULT_IN_FLIGHT_LIMIT, type Ordering } from '../entities/hook.js';
import type { RateLimit } from '../entities/rate-limit.js';
import type { ExtraParameter, HttpMethod } from '../send/attempt.js';

/** A webhook as it is asked for, in whatever words it came: the configuration document's or GraphQL's. */
export interface WebhookDraft {
  name: string;
  description: string;
  hooks: HookDraft[];
  authentication: AuthenticationDraft | null;
}

export interface HookDraft extends HookSettings {
  type: string;
  method: HttpMethod;
  endpoint: string;
}

/** How fast and in what order a hook is served. */
export interface HookSettings {
  inFlightLimit: number;
  rateLimit: RateLimit | null;
  ordering: Ordering;
}

/** The settings of a hook of which nothing is said. */
export const defaultHookSettings: HookSettings = { inFlightLimit: DEFAULT_IN_FLIGHT_LIMIT, rateLimit: null, ordering: 'NONE' };

export interface AuthenticationDraft {
  grantType: GrantType;
  endpoint: string;
  clientId: string;
  clientSecret: string;
  clientAuthentication: ClientAuthentication;
  scope: string | null;
  audience: string | null;
  resource: string[] | null;
  extraParameters: ExtraParameter[] | null;
  headerFormat: string;
  headerValueFormat: string;
}

/** The secret as documents and answers show it. */
export const MASKED_SECRET = '********';
