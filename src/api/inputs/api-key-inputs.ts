import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';
import { LONGEST_LIFE_S } from '../../api-keys/create-stream-token.js';
import { Scope } from '../../entities/api-key.js';

@InputType({ description: 'A new key.' })
export class CreateApiKeyInput {
  @Field(() => ID, { description: 'The organization that it is for.' })
  organizationId!: string;

  @Field(() => String, { description: 'A name for people, of 1 to 200 characters: what the key is for.' })
  name!: string;

  @Field(() => [Scope], { description: 'What it may do; at least one.' })
  scopes!: Scope[];

  @Field(() => GraphQLDateTime, { nullable: true, description: 'From when on it is refused; without it, it never runs out.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'What a stream token is for.' })
export class CreateStreamTokenInput {
  @Field(() => ID, { description: 'The organization that it opens.' })
  organizationId!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The one webhook of it that it opens; without it, the whole organization. Subscriptions with it see this webhook alone.',
  })
  webhookId?: string | null;

  @Field(() => Int, { defaultValue: LONGEST_LIFE_S, description: 'How long it is good for, in seconds: an hour at most.' })
  expiresInSeconds!: number;
}
