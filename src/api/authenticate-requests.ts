import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../api-keys/caller.js';
import type { JsonSource } from '../json/json-input.js';
import { CallerError, UnavailableError } from '../errors.js';
import type { FormatError } from './format-error.js';
import type { Identify } from './identify.js';
import type { KeyRates } from './limits/key-rates.js';
import { refuse } from './refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; null until that is known. */
    caller: Caller | null;
    /** The text of the body, where printing what was read of it would not make the same one. */
    bodySource: JsonSource | undefined;
  }
}

export interface AuthenticationOptions {
  identify: Identify;
  rates: KeyRates;
  formatError: FormatError;
  addressOf: (request: FastifyRequest) => string | null;
}

/**
 * Finds out who is calling before anything else is done for a request: nothing of its body is read, parsed or kept for a caller without a valid key, or for
 * one that calls too often.
 */
export function authenticateRequests({ identify, rates, formatError, addressOf }: AuthenticationOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    try {
      request.caller = await identify(request.headers.authorization, addressOf(request));
      const tooOften = rates.take(request.caller);
      if (tooOften === undefined) return undefined;
      refuse(reply, tooOften);
    } catch (error) {
      if (error instanceof CallerError || error instanceof UnavailableError) refuse(reply, error);
      else void reply.code(500).send({ errors: [formatError({ message: '' }, error, request.id)] });
    }
    return reply;
  };
}
