import { Field, ID, InputType, Int } from 'type-graphql';
import { DEFAULT_IN_FLIGHT_LIMIT, HttpMethod, Ordering } from '../../entities/hook.js';
import { RateUnit } from '../../entities/rate-limit.js';
import type { HttpMethod as Method } from '../../send/attempt.js';

const IN_FLIGHT_LIMIT = 'How many of its requests may be under way at once, from 1 to 512.';
const RATE_LIMIT = 'How many requests it may get in a time; null for no limit.';
const ORDERING = 'Whether its deliveries wait for each other.';

@InputType({ description: 'How many requests a hook may get in a time, retries included.' })
export class RateLimitInput {
  @Field(() => Int, { description: 'How many, from 1 to 100,000. They are spread evenly.' })
  deliveries!: number;

  @Field(() => RateUnit, { description: 'In what time.' })
  per!: RateUnit;
}

@InputType({ description: 'A hook of a new webhook.' })
export class HookInput {
  @Field(() => String, { description: "The event type, from the organization's catalog." })
  type!: string;

  @Field(() => HttpMethod, { description: 'The method of its requests.' })
  method!: Method;

  @Field(() => String, { description: 'The http or https URL its requests go to.' })
  endpoint!: string;

  @Field(() => Int, { defaultValue: DEFAULT_IN_FLIGHT_LIMIT, description: IN_FLIGHT_LIMIT })
  inFlightLimit!: number;

  @Field(() => RateLimitInput, { nullable: true, description: RATE_LIMIT })
  rateLimit?: RateLimitInput | null;

  @Field(() => Ordering, { defaultValue: Ordering.NONE, description: ORDERING })
  ordering!: Ordering;
}

@InputType({
  description:
    "A hook in a webhook's new list. With an id it is that hook, changed where a field is given; without, it is the one with the same type, method and endpoint, or a new one.",
})
export class UpdateHookInput {
  @Field(() => ID, { nullable: true, description: 'The id of a hook of this webhook.' })
  id?: string;

  @Field(() => String, { nullable: true, description: "The event type, from the organization's catalog." })
  type?: string;

  @Field(() => HttpMethod, { nullable: true, description: 'The method of its requests.' })
  method?: Method;

  @Field(() => String, { nullable: true, description: 'The http or https URL its requests go to.' })
  endpoint?: string;

  @Field(() => Int, { nullable: true, description: IN_FLIGHT_LIMIT })
  inFlightLimit?: number;

  @Field(() => RateLimitInput, { nullable: true, description: RATE_LIMIT })
  rateLimit?: RateLimitInput | null;

  @Field(() => Ordering, { nullable: true, description: ORDERING })
  ordering?: Ordering;
}
