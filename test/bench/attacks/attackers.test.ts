import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Attack, Victim } from '../../../bench/attacks/attack.js';
import { Attackers } from '../../../bench/attacks/attackers.js';

const victim: Victim = { url: 'http://127.0.0.1:1', organizationId: 'o', keys: { publish: 'p', stall: 's', read: 'r', manage: 'm' } };

/** Makes attacks until each has had so many rounds. */
async function attack(roundCount: number, ...attacks: readonly Omit<Attack, 'name'>[]) {
  const counted = attacks.map((given) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let count = 0;
    const round: Attack['round'] = async (...words) => {
      const outcomes = await given.round(...words);
      if ((count += 1) === roundCount) resolve();
      return outcomes;
    };
    return { promise, attack: { ...given, name: 'an attack', round } };
  });
  const attackers = new Attackers(
    counted.map((one) => one.attack),
    victim,
    { pauseMs: 0 },
  );
  await Promise.all(counted.map(({ promise }) => promise));
  return attackers.end();
}

describe('attackers', () => {
  it('repeat each attack, and count what comes of it over all rounds and connections', async () => {
    let isFirst = true;
    const round = async () => {
      const outcomes = isFirst ? ['401', '429'] : ['429', '429'];
      isFirst = false;
      return outcomes;
    };

    const [figures] = await attack(3, { refusals: ['429'], beside: ['401'], round });

    expect(figures).toMatchObject({ name: 'an attack', faults: [] });
    expect(figures!.roundCount).toBeGreaterThanOrEqual(3);
    expect(figures!.outcomes).toEqual({ 401: 1, 429: figures!.roundCount * 2 - 1 });
  });

  it('find a hole where something else comes', async () => {
    const [figures] = await attack(1, { refusals: ['401'], round: async () => ['401', '200'] });

    expect(figures!.faults).toEqual([expect.stringMatching(/^Expected 401, received 200, \d+ times\.$/)]);
  });

  it('find a hole where the refusal never comes', async () => {
    const [figures] = await attack(1, { refusals: ['400'], beside: ['503', 'no answer'], round: async () => ['503', 'no answer'] });

    expect(figures!.faults).toEqual(['Expected 400 now and then, received 503 and no answer alone.']);
  });

  it('end what would last for ever by saying that it is enough', async () => {
    const attackers = new Attackers(
      [
        {
          name: 'waits',
          refusals: ['unread'],
          async round(_, { enough }) {
            await once(enough, 'abort');
            return ['unread'];
          },
        },
      ],
      victim,
      { pauseMs: 0 },
    );

    expect(await attackers.end()).toEqual([{ name: 'waits', roundCount: 1, outcomes: { unread: 1 }, faults: [] }]);
  });
});
