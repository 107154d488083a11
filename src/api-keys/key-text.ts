import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Random } from '../random.js';

/** What a key is good for, by how it begins: so that people, and programs that look for leaked secrets, know one when they see it. */
export const prefixes = { API_KEY: 'hg_', STREAM_TOKEN: 'hgs_' } as const;

export type KeyKind = keyof typeof prefixes;

/** 192 bits of chance. */
const RANDOM_BYTES = 24;

const KEY = /^(hgs?_)([0-9a-f]{48})([0-9a-f]{8})$/;

/** How many characters of a key are shown once it is made: 32 of its 192 bits. */
const HINT_LENGTH = 'hg_'.length + 8;

/** A new key: its prefix, random bytes and their checksum, in hex, which a double click selects whole. */
export function makeKey(kind: KeyKind, random: Random): string {
  const body = random.bytes(RANDOM_BYTES).toString('hex');
  return `${prefixes[kind]}${body}${checksumOf(body)}`;
}

/** What a text is a key of; undefined where it is spelled like none, which its checksum tells without a look at the database. */
export function kindOf(text: string): KeyKind | undefined {
  const [, prefix, body, checksum] = KEY.exec(text) ?? [];
  if (body === undefined || checksumOf(body) !== checksum) return undefined;
  return prefix === prefixes.API_KEY ? 'API_KEY' : 'STREAM_TOKEN';
}

/** How a key is stored. It is as long as chance can make it, so a fast hash without salt is enough. */
export function hashOf(key: string): string {
  return hash('sha256', key, 'hex');
}

export function hintOf(key: string): string {
  return `${key.slice(0, HINT_LENGTH)}…`;
}

function checksumOf(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}
