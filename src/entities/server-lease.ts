import { defineEntity, p } from '@mikro-orm/core';

/** A server that dispatches, as long as it goes on saying that it lives. Only where several share a database. */
export const ServerLeaseSchema = defineEntity({
  name: 'ServerLease',
  tableName: 'server_leases',
  properties: {
    /** Made when the server starts. */
    serverId: p.uuid().primary(),
    /** From when on others may take its shards over, in milliseconds since the epoch by the clock of the database. */
    endsAt: p.bigint('number'),
  },
});

export class ServerLease extends ServerLeaseSchema.class {}

ServerLeaseSchema.setClass(ServerLease);
