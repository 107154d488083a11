import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';
import { makeAuthority, type Certificate } from './certificates.js';

/** A certificate for 127.0.0.1 by an authority that is trusted to the end of the test. */
export function trustedCertificate(): Certificate {
  const authority = makeAuthority();
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, authority.cert]);
  onTestFinished(() => setDefaultCACertificates(trusted));
  return authority.certify({ names: ['127.0.0.1'] });
}
