import { buildSchema, type ExecutionArgs } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SubscriptionReader } from '../../src/api/subscription-reader.js';

const schema = buildSchema('type Query { a: Int } type Subscription { watch: Int, other: Int }');

describe('the reader of subscriptions', () => {
  it('has one document for a text that many send', () => {
    const reader = new SubscriptionReader(schema);

    const [one, other] = ['subscription { watch }', 'subscription { watch }'].map((text) => reader.read(text, null) as ExecutionArgs);

    expect(one!.document).toBe(other!.document);
  });

  it('goes by the name of the operation each time', () => {
    const reader = new SubscriptionReader(schema);
    const text = 'subscription One { watch } query Two { a }';

    expect(reader.read(text, 'One')).toMatchObject({ operationName: 'One' });
    expect(reader.read(text, 'Two')).toMatchObject([{ message: expect.stringContaining('received a query') }]);
    expect(reader.read(text, null)).toMatchObject([{ message: expect.stringContaining('Expected one operation') }]);
  });

  it('keeps nothing that is wrong, and nothing that is long', () => {
    const reader = new SubscriptionReader(schema);
    const long = `subscription { watch } #${'x'.repeat(4096)}`;

    expect(reader.read('subscription { nothing }', null)).toMatchObject([{ message: expect.stringContaining('"nothing"') }]);
    expect(reader.read('subscription {', null)).toMatchObject([{ message: expect.stringContaining('Syntax Error') }]);
    expect((reader.read(long, null) as ExecutionArgs).document).not.toBe((reader.read(long, null) as ExecutionArgs).document);
  });
});
