import type { Authentication } from '../entities/authentication.js';
import type { SealedText } from '../entities/sealed-text.js';
import type { Seal } from '../seal/begin-sealing.js';
import type { SealRing } from '../seal/seal-ring.js';
import { maskedFormat } from '../send/authentication-header.js';
import type { AuthenticationDraft } from './webhook-draft.js';

/** An authentication, and whose it is. */
interface Sealed {
  organizationId: string;
  id: string;
}

type Secret = 'clientSecret' | 'headerValueFormat';

/** The secrets of a draft as they are stored; what is left out is left out here too. */
export function sealAuthentication<Draft extends Partial<AuthenticationDraft>>(seal: Seal, of: Sealed, draft: Draft) {
  const { clientSecret, headerValueFormat } = draft;
  const sealed: Partial<Record<Secret, SealedText>> = {};
  if (clientSecret !== undefined) sealed.clientSecret = seal(clientSecret, { ...of, column: 'authentications.client_secret' });
  if (headerValueFormat !== undefined) {
    sealed.headerValueFormat = seal(headerValueFormat, { ...of, column: 'authentications.header_value_format' });
  }
  // What is always there in the draft is always there.
  return sealed as { [Name in Secret & keyof Draft]: undefined extends Draft[Name] ? SealedText | undefined : SealedText };
}

/** The secrets of an authentication as they were given, to tell whether they are others than before. */
export type OpenSecrets = Record<Secret, string>;

export function openSecrets(ring: SealRing, organizationId: string, authentication: Authentication): OpenSecrets {
  const { id, clientSecret } = authentication;
  return {
    clientSecret: ring.open(clientSecret, { organizationId, column: 'authentications.client_secret', id }),
    headerValueFormat: openHeaderValueFormat(ring, organizationId, authentication),
  };
}

/** The header's value of an authentication of this organization as anybody may see it: what stands beside the token is masked. */
export function maskedHeaderValueFormat(ring: SealRing, organizationId: string, authentication: Authentication): string {
  return maskedFormat(openHeaderValueFormat(ring, organizationId, authentication));
}

/** The header's value with the place of the token, and any secret that stands beside it. */
function openHeaderValueFormat(ring: SealRing, organizationId: string, { id, headerValueFormat }: Authentication): string {
  return ring.open(headerValueFormat, { organizationId, column: 'authentications.header_value_format', id });
}
