import { Field, InputType } from 'type-graphql';

@InputType({ description: 'A new organization.' })
export class CreateOrganizationInput {
  @Field(() => String, { description: 'A name for people, of 1 to 200 characters; it need not be unique.' })
  name!: string;
}
