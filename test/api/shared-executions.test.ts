import { buildSchema, type ExecutionArgs, type ExecutionResult, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { noticeKeyOf, SharedExecutions } from '../../src/api/shared-executions.js';
import type { Reach } from '../../src/reach.js';

const schema = buildSchema('type Query { a: Int } type Subscription { watch(after: String): Thing } type Thing { list(first: Int): Int }');
const TEXT = 'subscription ($after: String, $first: Int) { watch(after: $after) { ...Of } } fragment Of on Thing { list(first: $first) }';

describe('executions that are shared', () => {
  it('run once for all who ask for the same of a change while they are under way', async () => {
    const executions = new SharedExecutions();
    const change = {};
    const run = countRuns();

    const [one, other] = await Promise.all([executions.execute(change, 'same', run), executions.execute(change, 'same', run)]);

    expect([one === other, run.count]).toEqual([true, 1]);
  });

  it('are kept apart by the change and by the key, and forgotten at their end', async () => {
    const executions = new SharedExecutions();
    const change = {};
    const run = countRuns();

    await Promise.all([
      executions.execute(change, 'one', run),
      executions.execute(change, 'other', run),
      executions.execute({}, 'one', run),
    ]);
    await executions.execute(change, 'one', run);

    expect(run.count).toBe(4);
  });

  it('tell all who have joined of a fault, and try again for who comes later', async () => {
    const executions = new SharedExecutions();
    const change = {};
    const failing = () => Promise.reject(new Error('broken'));

    const both = await Promise.allSettled([executions.execute(change, 'same', failing), executions.execute(change, 'same', failing)]);

    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await executions.execute(change, 'same', countRuns())).toEqual({ data: { run: 1 } });
  });

  function countRuns() {
    const run = Object.assign(
      async (): Promise<ExecutionResult> => {
        run.count += 1;
        return { data: { run: run.count } };
      },
      { count: 0 },
    );
    return run;
  }
});

describe('what a notice depends on', () => {
  it('is not where its subscriber began', () => {
    expect(keyOf({ variables: { after: 'x', first: 1 } })).toBe(keyOf({ variables: { after: 'y', first: 1 } }));
  });

  it.each([
    ['a variable that is used further in', { variables: { first: 2 } }],
    ['the text', { text: `${TEXT} ` }],
    ['the name of the operation', { operationName: 'Other' }],
    ['the organization that is reached', { caller: { organizationId: 'o', webhookId: null } }],
    ['the webhook that is reached', { caller: { organizationId: null, webhookId: 'w' } }],
  ])('is %s', (_, difference) => {
    expect(keyOf(difference)).not.toBe(keyOf({}));
  });

  it('is a variable that says whether there is anything at all', () => {
    const text = 'subscription ($is: Boolean!) { watch @include(if: $is) { list } }';

    expect(keyOf({ text, variables: { is: true } })).not.toBe(keyOf({ text, variables: { is: false } }));
  });

  function keyOf({
    text = TEXT,
    variables = { first: 1 } as Record<string, unknown>,
    operationName = null as string | null,
    caller = { organizationId: null, webhookId: null } as Reach,
  }): string {
    const args: ExecutionArgs = { schema, document: parse(text), operationName, variableValues: variables, contextValue: { caller } };
    return noticeKeyOf(args);
  }
});
