import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { ResponseReceived } from '../../entities/attempt-outcome.js';
import { AttemptRequest } from '../../entities/attempt-request.js';
import { Attempt } from '../../entities/attempt.js';
import { Delivery } from '../../entities/delivery.js';
import { Event } from '../../entities/event.js';
import { requestBody } from '../../send/request-body.js';
import type { Context } from '../context.js';

/** The request as it is stored, and whose it is: its body follows from the event. */
type StoredRequest = Attempt['request'] & Pick<Attempt, 'deliveryId'>;

@Resolver(() => Attempt)
export class AttemptResolver {
  @FieldResolver(() => Delivery, { description: 'The delivery it tried.' })
  delivery(@Root() { deliveryId }: Attempt, @Ctx() { loaders }: Context): Promise<Delivery> {
    return loaders.get(Delivery, deliveryId);
  }

  @FieldResolver(() => AttemptRequest, { description: 'What was sent.' })
  request(@Root() { request, deliveryId }: Attempt): StoredRequest {
    return { ...request, deliveryId };
  }
}

@Resolver(() => AttemptRequest)
export class AttemptRequestResolver {
  @FieldResolver(() => String, { description: 'Its body, byte for byte.' })
  async body(@Root() { deliveryId }: StoredRequest, @Ctx() { loaders, parts }: Context): Promise<string> {
    const { eventId } = await loaders.get(Delivery, deliveryId);
    const event = await loaders.get(Event, eventId);
    return requestBody({ ...event, payload: parts.payloads.open(event) });
  }
}

@Resolver(() => ResponseReceived)
export class ResponseReceivedResolver {
  @FieldResolver(() => Int, {
    description:
      "How many bytes of the answer's body came, as they were sent: before decompression. With `bodyTruncated` there may have been more to come.",
  })
  bodyBytes(@Root() { body, bodyBytes }: ResponseReceived): number {
    return bodyBytes ?? Buffer.byteLength(body);
  }
}
