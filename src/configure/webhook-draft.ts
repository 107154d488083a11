import type { ClientAuthentication, GrantType } from '../entities/authentication.js';
import type { HttpMethod } from '../send/attempt.js';

/** A webhook as it is asked for, in whatever words it came: the configuration document's or GraphQL's. */
export interface WebhookDraft {
  name: string;
  description: string;
  hooks: HookDraft[];
  authentication: AuthenticationDraft | null;
}

export interface HookDraft {
  type: string;
  method: HttpMethod;
  endpoint: string;
}

export interface AuthenticationDraft {
  grantType: GrantType;
  endpoint: string;
  clientId: string;
  clientSecret: string;
  clientAuthentication: ClientAuthentication;
  scope: string | null;
  audience: string | null;
  headerFormat: string;
  headerValueFormat: string;
}

/** The secret as documents and answers show it. */
export const MASKED_SECRET = '********';
