import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, explicit, implicit, integer, objectId, octetString, sequence, serialNumber, set, text, TRUE, utcTime } from './der.js';

/** A private key and the certificate of its public key, in PEM, as `node:tls` takes them. */
export interface Certificate {
  key: string;
  cert: string;
}

export interface Certifying {
  /** The host names and IPv4 addresses that it is for. */
  names: readonly string[];
  /** Milliseconds since the epoch; from yesterday to tomorrow unless said otherwise. */
  validFrom?: number;
  validTo?: number;
}

/** Vouches for certificates, to those who trust its own. */
export interface Authority {
  /** Its own certificate, in PEM. */
  cert: string;
  /** A new key with a certificate of this authority. */
  certify(certifying: Certifying): Certificate;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A new authority. Certificates are made when they are wanted: kept ones run out, or are not valid yet by a slow clock. */
export function makeAuthority(): Authority {
  const own = makeKeys();
  // One name for all, and a certificate of an unknown authority would count as a forged one of a known.
  const issuer = `Authority ${randomBytes(8).toString('hex')}`;
  const cert = toPem(certificate({ names: [], subject: issuer, isAuthority: true, keys: own, issuer, signedBy: own.privateKey }));
  return {
    cert,
    certify(certifying) {
      const keys = makeKeys();
      const subject = certifying.names[0] ?? '';
      const made = certificate({ ...certifying, subject, isAuthority: false, keys, issuer, signedBy: own.privateKey });
      return { key: keyPem(keys), cert: toPem(made) };
    },
  };
}

/** A key with a certificate for 127.0.0.1 that nobody vouches for but itself. */
export function makeSelfSigned(): Certificate {
  const keys = makeKeys();
  const subject = 'localhost';
  const made = certificate({ names: ['127.0.0.1'], subject, isAuthority: false, keys, issuer: subject, signedBy: keys.privateKey });
  return { key: keyPem(keys), cert: toPem(made) };
}

interface Keys {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

interface Making extends Certifying {
  subject: string;
  isAuthority: boolean;
  keys: Keys;
  issuer: string;
  /** The issuer's. */
  signedBy: KeyObject;
}

/** A certificate in DER (RFC 5280, section 4.1): version 3, signed by ECDSA with SHA-256. */
function certificate({ names, validFrom, validTo, subject, isAuthority, keys, issuer, signedBy }: Making): Buffer {
  const algorithm = sequence(objectId(1, 2, 840, 10045, 4, 3, 2));
  const now = Date.now();
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    serialNumber(randomBytes(8)),
    algorithm,
    commonName(issuer),
    sequence(utcTime(validFrom ?? now - DAY_MS), utcTime(validTo ?? now + DAY_MS)),
    commonName(subject),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(basicConstraints(isAuthority), ...(names.length === 0 ? [] : [alternativeNames(names)]))),
  );
  return sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, signedBy)));
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(objectId(2, 5, 4, 3), text(name))));
}

function basicConstraints(isAuthority: boolean): Buffer {
  return sequence(objectId(2, 5, 29, 19), TRUE, octetString(sequence(...(isAuthority ? [TRUE] : []))));
}

function alternativeNames(names: readonly string[]): Buffer {
  const each = names.map((name) => (isIPv4(name) ? implicit(7, Buffer.from(name.split('.').map(Number))) : implicit(2, Buffer.from(name))));
  return sequence(objectId(2, 5, 29, 17), octetString(sequence(...each)));
}

function makeKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function keyPem({ privateKey }: Keys): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
