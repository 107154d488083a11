import { Field, ObjectType } from 'type-graphql';
import type { Header } from '../send/outcome.js';

@ObjectType({ description: 'One header of a request or an answer.' })
export class HttpHeader implements Header {
  @Field(() => String, { description: 'Its name, as sent.' })
  name!: string;

  @Field(() => String, { description: 'Its value.' })
  value!: string;
}
