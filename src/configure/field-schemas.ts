import { z } from 'zod';
import type { AddressRules } from '../send/address-rules.js';
import { isStorable } from '../storable-text.js';
import { faultOfEndpoint } from './endpoint-rule.js';
import { faultOfHeaderName, faultOfHeaderValueFormat } from './header-rules.js';
import { faultOfParameterName, faultOfResource, TOKEN_PARAMETERS_LIMIT } from './token-parameter-rules.js';
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
    clientSecret: secret('a secret'),
    scope: text(1, 1024),
    audience: text(1, 2048),
    resource: limitedList(checked(faultOfResource), TOKEN_PARAMETERS_LIMIT, 'resources'),
    extraParameters: limitedList(
      z.strictObject({ name: checked(faultOfParameterName), value: secret('a value') }),
      TOKEN_PARAMETERS_LIMIT,
      'extra parameters',
    ).superRefine(refuseSecondNames),
    headerFormat: checked(faultOfHeaderName),
    headerValueFormat: checked(faultOfHeaderValueFormat),
  };
}

export type FieldSchemas = ReturnType<typeof fieldSchemas>;

export function hookList<Hook extends z.ZodType>(hook: Hook) {
  return limitedList(hook, HOOKS_LIMIT, 'hooks');
}

/** A list of at most so many. Its length is looked at first: each of a million wrong items would be a fault. */
function limitedList<Item extends z.ZodType>(item: Item, limit: number, noun: string) {
  const list = z.array(z.unknown()).superRefine((items, context) => {
    // Not by `max`, which looks at the length of a string too, and finds two faults in it.
    if (items.length <= limit) return;
    context.addIssue({ code: 'too_big', origin: 'array', maximum: limit, input: items, message: `at most ${limit} ${noun}` });
  });
  return list.pipe(z.array(item));
}

/** A token request has each parameter once (RFC 6749, section 3.2), whatever its case. */
function refuseSecondNames(parameters: ReadonlyArray<{ name: string }>, context: z.RefinementCtx): void {
  const names = parameters.map(({ name }) => name.toLowerCase());
  names.forEach((name, index) => {
    if (names.indexOf(name) === index) return;
    const message = `a name that does not stand at [${names.indexOf(name)}] already`;
    context.addIssue({ code: 'custom', path: [index, 'name'], message });
  });
}

function wholeNumber(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.int(expected).min(least, expected).max(most, expected);
}

/** What goes in and never comes out. */
function secret(noun: string) {
  return checked((value) => {
    if (value === MASKED_SECRET)
      return `${noun.replace(/^a /, 'the ')} itself: this is the mask that stands for it in an exported document`;
    return value.length >= 1 && value.length <= 4096 ? undefined : `${noun} of 1 to 4096 characters`;
  });
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
