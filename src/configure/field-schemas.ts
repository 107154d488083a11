import { z } from 'zod';
import type { AddressRules } from '../send/address-rules.js';
import { isStorable } from '../storable-text.js';
import { faultOfEndpoint } from './endpoint-rule.js';
import { faultOfHeaderName, faultOfHeaderValueFormat } from './header-rules.js';
import { MASKED_SECRET } from './webhook-draft.js';

/** The most hooks of one webhook. */
export const HOOKS_LIMIT = 1000;

export const EVENT_TYPE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/**
 * The rules of single fields, the same for the configuration document and for GraphQL's inputs. Each message is a phrase
 * that follows "expected".
 */
export function fieldSchemas(addressRules: AddressRules) {
  return {
    name: text(1, 200),
    description: text(0, 2000),
    eventTypeName: z.string().regex(EVENT_TYPE_NAME, 'a name of at most 128 letters, digits, dots, dashes and underscores'),
    endpoint: checked((url) => faultOfEndpoint(url, addressRules)),
    inFlightLimit: wholeNumber(1, 512),
    rateDeliveries: wholeNumber(1, 100_000),
    clientId: text(1, 1024),
    clientSecret: checked((secret) => {
      if (secret === MASKED_SECRET) return 'the secret itself: this is the mask that stands for it in an exported document';
      return secret.length >= 1 && secret.length <= 4096 ? undefined : 'a secret of 1 to 4096 characters';
    }),
    scope: text(1, 1024),
    audience: text(1, 2048),
    headerFormat: checked(faultOfHeaderName),
    headerValueFormat: checked(faultOfHeaderValueFormat),
  };
}

export type FieldSchemas = ReturnType<typeof fieldSchemas>;

/** A list of at most so many hooks. Its length is looked at first: each of a million wrong items would be a fault. */
export function hookList<Hook extends z.ZodType>(hook: Hook) {
  return z.array(z.unknown()).max(HOOKS_LIMIT, `at most ${HOOKS_LIMIT} hooks`).pipe(z.array(hook));
}

function wholeNumber(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.int(expected).min(least, expected).max(most, expected);
}

function text(least: number, most: number) {
  const expected = least === 0 ? `a text of at most ${most} characters` : `a text of ${least} to ${most} characters`;
  return checked((value) => (value.length >= least && value.length <= most ? undefined : expected));
}

/** A string that a rule has nothing to say against, and that comes out of a database as it went in. */
function checked(faultOf: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const expected = faultOfText(value) ?? faultOf(value);
    if (expected !== undefined) context.addIssue({ code: 'custom', message: expected });
  });
}

/** Databases keep text as UTF-8, which has no lone surrogates; PostgreSQL takes no NUL. */
function faultOfText(value: string): string | undefined {
  return isStorable(value) ? undefined : 'a text without NUL characters and lone surrogates';
}
