import type { Refusal } from '../../protocol/refusal.ts';
import type { Tenant } from '../tenants/tenants.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The identity that `Host` names; set for every route but the health checks. */
    tenant: Tenant;
    /** Who asks, in the form in which addresses are keys (specification: Rate limits). Behind a trusted proxy: whom it forwards for. */
    readonly clientAddress: string;
    /** Why it was refused, for its line in the log. */
    refusal?: Refusal;
  }
  interface FastifyReply {
    /** Sends a value in the envelope. */
    data(value: unknown, page?: { cursorPagination: unknown }): FastifyReply;
    /** Sends a value as it is. */
    json(value: unknown): FastifyReply;
  }
  interface FastifyContextConfig {
    /** Answers on any `Host`. */
    anyHost?: boolean;
    rateClass?: 'inbox' | 'read' | 'none';
    /** Its body is an action with what comes along: larger than others that strangers send. */
    body?: 'inbox';
    /** Its body may take its time. */
    longBody?: boolean;
  }
}
