import type { Authentication } from '../entities/authentication.js';
import type { SealedText } from '../entities/sealed-text.js';
import type { Seal } from '../seal/begin-sealing.js';
import type { SealRing } from '../seal/seal-ring.js';
import type { ExtraParameter } from '../send/attempt.js';
import { maskedFormat } from '../send/authentication-header.js';
import type { AuthenticationDraft } from './webhook-draft.js';

/** An authentication, and whose it is. */
interface Sealed {
  organizationId: string;
  id: string;
}

interface SealedSecrets {
  clientSecret: SealedText;
  headerValueFormat: SealedText;
  extraParameters: SealedText | null;
}

type Secret = keyof SealedSecrets;

/** The secrets of a draft as they are stored; what is left out is left out here too. */
export function sealAuthentication<Draft extends Partial<AuthenticationDraft>>(seal: Seal, of: Sealed, draft: Draft) {
  const { clientSecret, headerValueFormat, extraParameters } = draft;
  const sealed: Partial<SealedSecrets> = {};
  if (clientSecret !== undefined) sealed.clientSecret = seal(clientSecret, { ...of, column: 'authentications.client_secret' });
  if (headerValueFormat !== undefined) {
    sealed.headerValueFormat = seal(headerValueFormat, { ...of, column: 'authentications.header_value_format' });
  }
  if (extraParameters !== undefined) {
    const place = { ...of, column: 'authentications.extra_parameters' } as const;
    sealed.extraParameters = extraParameters === null ? null : seal(JSON.stringify(extraParameters), place);
  }
  // What is always there in the draft is always there.
  return sealed as {
    [Name in Secret & keyof Draft]: undefined extends Draft[Name] ? SealedSecrets[Name] | undefined : SealedSecrets[Name];
  };
}

/** The secrets of an authentication as they were given, to tell whether they are others than before. */
export interface OpenSecrets {
  clientSecret: string;
  headerValueFormat: string;
  extraParameters: readonly ExtraParameter[];
}

export function openSecrets(ring: SealRing, organizationId: string, authentication: Authentication): OpenSecrets {
  const { id, clientSecret } = authentication;
  return {
    clientSecret: ring.open(clientSecret, { organizationId, column: 'authentications.client_secret', id }),
    headerValueFormat: openHeaderValueFormat(ring, organizationId, authentication),
    extraParameters: openExtraParameters(ring, organizationId, authentication),
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

/** The extra parameters of an authentication of this organization, in their order; none where there are none. */
export function openExtraParameters(
  ring: SealRing,
  organizationId: string,
  { id, extraParameters }: Pick<Authentication, 'id' | 'extraParameters'>,
): ExtraParameter[] {
  if (extraParameters == null) return [];
  return JSON.parse(ring.open(extraParameters, { organizationId, column: 'authentications.extra_parameters', id })) as ExtraParameter[];
}
