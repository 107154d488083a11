import { defineEntity, p } from '@mikro-orm/core';
import { SequenceType } from './column-types.js';

/**
 * REFRESH: the hook was changed. RESUME: it is not held any more. DUE: deliveries of it have become due. ENDED: a delivery is
 * not to be attempted any more.
 */
export type SignalKind = 'REFRESH' | 'RESUME' | 'DUE' | 'ENDED';

/** The log of what the leader of a hook has to know, in the order of commits. Only where several servers share a database. */
export const SignalSchema = defineEntity({
  name: 'Signal',
  tableName: 'signals',
  properties: {
    sequence: p.type(SequenceType).primary().autoincrement(),
    kind: p.text().$type<SignalKind>(),
    hookId: p.uuid(),
    /** The one that has ended; null for every other kind. */
    deliveryId: p.uuid().nullable(),
    /** The server where it happened, which knows. */
    serverId: p.uuid(),
    toldAt: p.bigint('number'),
  },
});

export class Signal extends SignalSchema.class {}

SignalSchema.setClass(Signal);
