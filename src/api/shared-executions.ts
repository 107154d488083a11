import { type ExecutionArgs, type ExecutionResult, getOperationAST, Kind, visit } from 'graphql';
import type { Context } from './context.js';

/**
 * Executes once what many subscribers want to know of a change at the same moment: all of an organization are told of it
 * then, and most ask for the same. Who joins an execution under way gets what was read after the change; nothing is kept
 * beyond its end, so that who comes later gets what is there then.
 */
export class SharedExecutions {
  readonly #underWay = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();

  /** `key` says what else the result depends on beside the change. */
  execute(change: object, key: string, run: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const ofChange = this.#underWay.get(change) ?? new Map<string, Promise<ExecutionResult>>();
    this.#underWay.set(change, ofChange);
    let result = ofChange.get(key);
    if (result === undefined) {
      result = run().finally(() => ofChange.delete(key));
      ofChange.set(key, result);
    }
    return result;
  }
}

/**
 * What a notice of a subscription depends on beside the change: the text, who asks, and the variables, but those that say
 * what to watch: where a subscriber once began makes no difference to what it is told now.
 */
export function noticeKeyOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const operation = getOperationAST(document, operationName);
  const roots = new Set<unknown>(operation?.selectionSet.selections);
  const used = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Field: (field) => (roots.has(field) ? { ...field, arguments: [] } : undefined),
    [Kind.VARIABLE]: ({ name }) => void used.add(name.value),
  });
  // What a caller may not ask for was refused before: of two that ask for the same, only what they reach could differ.
  const { organizationId, webhookId } = (contextValue as Context).caller;
  const reach = [organizationId, webhookId];
  return JSON.stringify([document.loc!.source.body, operationName, reach, [...used].map((name) => [name, variableValues?.[name]])]);
}
