import { Field, ID, InputType } from 'type-graphql';
import type { JsonInput } from '../../json/json-input.js';
import { JsonScalar } from '../../json/json-scalar.js';

const PAYLOAD =
  'What happened, which must be given: any JSON value of at most 256 KiB, null among them. It goes to receivers as `data`, the same bytes on every retry. Given as a variable, it goes out as the JSON text that you wrote, without the white space between values: numbers as they are spelled, keys in their order. Written into the query, it goes out as the value that GraphQL reads. A key may not stand twice in one object.';
const IDEMPOTENCY_KEY =
  'A key of your own, of 1 to 256 characters. The same key again within 24 hours gives the same event instead of another; with another type, payload or ordering key it is an error.';

const ORDERING_KEY =
  'What the event is about, in 1 to 256 characters, such as the id of an order: to hooks whose ordering is BY_KEY, events with the same key go one after the other.';

@InputType({ description: 'One of several events to publish.' })
export class EventInput {
  @Field(() => String, { description: "The event type, from the organization's catalog." })
  type!: string;

  // Null is one of its values, which GraphQL takes only where there may be none.
  @Field(() => JsonScalar, { nullable: true, description: PAYLOAD })
  payload: JsonInput | null | undefined;

  @Field(() => String, { nullable: true, description: IDEMPOTENCY_KEY })
  idempotencyKey?: string | null;

  @Field(() => String, { nullable: true, description: ORDERING_KEY })
  orderingKey?: string | null;
}

@InputType({ description: 'An event to publish.' })
export class PublishEventInput extends EventInput {
  @Field(() => ID, { description: 'The organization it happened in.' })
  organizationId!: string;
}

@InputType({ description: 'Several events of one organization to publish, all or none.' })
export class PublishEventsInput {
  @Field(() => ID, { description: 'The organization they happened in.' })
  organizationId!: string;

  @Field(() => [EventInput], { description: 'The events, at most 1,000, in the order they happened.' })
  events!: EventInput[];
}
