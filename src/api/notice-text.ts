import type { ExecutionResult } from 'graphql';

const textsOfResults = new WeakMap<ExecutionResult, string>();

/** A result as JSON, made once for all who share it. */
export function textOfResult(result: ExecutionResult): string {
  const known = textsOfResults.get(result);
  if (known !== undefined) return known;
  const text = JSON.stringify(result);
  textsOfResults.set(result, text);
  return text;
}
