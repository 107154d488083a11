import { Field, ID, InputType } from 'type-graphql';
import type { JsonInput } from '../../json/json-input.js';
import { JsonScalar } from '../../json/json-scalar.js';

@InputType({ description: "An event type for an organization's catalog." })
export class RegisterEventTypeInput {
  @Field(() => ID, { description: 'The organization.' })
  organizationId!: string;

  @Field(() => String, {
    description: 'The name: at most 128 letters, digits, dots, dashes and underscores. One that is there already is changed.',
  })
  name!: string;

  @Field(() => String, { defaultValue: '', description: 'What an event of this type tells, for people.' })
  description!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'A JSON Schema that payloads must satisfy: draft 2020-12, or draft-07 where its `$schema` says so. Without one, every payload is taken.',
  })
  schema?: JsonInput | null;

  @Field(() => JsonScalar, { nullable: true, description: 'An example of a payload; it must satisfy the schema.' })
  example?: JsonInput | null;
}
