import { hash, timingSafeEqual } from 'node:crypto';

/** Who is calling. The admin may do everything; keys of single organizations will be further kinds. */
export interface Caller {
  readonly kind: 'ADMIN';
}

/** Finds who a key belongs to; undefined where it is nobody's. */
export type Identify = (authorization: string | undefined) => Caller | undefined;

/** Knows the admin by the key in `Bearer <key>`. The time it takes says nothing of how much of a wrong key was right. */
export function identifyBy(adminApiKey: string): Identify {
  const expected = digest(adminApiKey);
  return (authorization) => {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return key !== undefined && timingSafeEqual(digest(key), expected) ? { kind: 'ADMIN' } : undefined;
  };
}

function digest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
