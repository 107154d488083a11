import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTold, writeTold } from '../../src/database/notification-text.js';

const topic = fc.constantFrom('changes' as const, 'health' as const, 'signals' as const, 'shards' as const, 'hooks' as const);

describe('what is told in a notification', () => {
  it('comes out as it went in, in as many as are needed, none of which is too long for PostgreSQL', () => {
    const told = fc.record({
      serverId: fc.uuid(),
      topics: fc.uniqueArray(topic, { minLength: 1 }),
      hookIds: fc.uniqueArray(fc.uuid(), { maxLength: 1000, size: 'max' }),
    });
    fc.assert(
      fc.property(told, ({ serverId, topics, hookIds }) => {
        const texts = writeTold({ serverId, topics, hookIds });

        const read = texts.map((text) => readTold(text)!);
        expect(read[0]!.topics).toEqual(topics);
        expect(read.flatMap((one) => one.hookIds)).toEqual(hookIds);
        expect(read.map((one) => one.serverId)).toEqual(texts.map(() => serverId));
        expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(7900);
      }),
      { numRuns: 50 },
    );
  });

  it.each(['', 'hello', 'server', 'server nonsense', 'server changes a b', ' changes', 'server changes,', 'server toString'])(
    'is not read out of %j, which somebody else said',
    (text) => {
      expect(readTold(text)).toBeUndefined();
    },
  );
});
