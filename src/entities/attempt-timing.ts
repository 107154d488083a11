import { Field, Float, ObjectType } from 'type-graphql';
import type { Timing } from '../send/attempt.js';

@ObjectType({
  description:
    "Where an attempt's time went. A step that did not happen is null: a connection that was kept alive has no name look-up, connecting or TLS.",
})
export class AttemptTiming implements Timing {
  @Field(() => Float, { nullable: true, description: 'Looking the name up, in milliseconds.' })
  dnsMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'Opening the connection, in milliseconds.' })
  connectMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'The TLS handshake, in milliseconds.' })
  tlsMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'From handing the request over to the first byte of the answer, in milliseconds.' })
  firstByteMs!: number | null;
}
