import { Field, ObjectType } from 'type-graphql';
import type { HttpMethod as Method } from '../send/attempt.js';
import { HttpHeader } from './http-header.js';
import { HttpMethod } from './hook.js';

@ObjectType({ description: 'The request of an attempt, as it was sent.' })
export class AttemptRequest {
  @Field(() => HttpMethod, { description: 'Its method.' })
  method!: Method;

  @Field(() => String, { description: 'Its URL.' })
  url!: string;

  @Field(() => [HttpHeader], {
    description: 'Its headers; the access token is masked as `***`, and so is what stands beside it but a scheme such as `Bearer`.',
  })
  headers!: HttpHeader[];

  @Field(() => Boolean, {
    description:
      'Whether the receiver first refused the token (by 401, or by 400 or 403 with `error="invalid_token"`), so that a new one was fetched and the request sent once more.',
  })
  tokenRenewed!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'The part of the scope asked for that the token server granted, where that is not all of it, and empty where it granted none. Null where it granted all, or did not say.',
  })
  grantedScope?: string;
}
