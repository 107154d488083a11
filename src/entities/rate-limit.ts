import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

export const RateUnit = { SECOND: 'SECOND', MINUTE: 'MINUTE' } as const;
export type RateUnit = (typeof RateUnit)[keyof typeof RateUnit];

registerEnumType(RateUnit, {
  name: 'RateUnit',
  description: 'The time that a rate counts by.',
  valuesConfig: { SECOND: { description: 'Per second.' }, MINUTE: { description: 'Per minute.' } },
});

@ObjectType({ description: 'How many requests a hook may get in a time, evenly spread: there are no bursts, also not after a pause.' })
export class RateLimit {
  @Field(() => Int, { description: 'How many, retries included.' })
  deliveries!: number;

  @Field(() => RateUnit, { description: 'In what time.' })
  per!: RateUnit;
}
