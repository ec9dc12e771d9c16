/** The fields that this server adds to Fastify's requests, replies and routes. */
import type { Span } from '../../protocol/observer.ts';
import type { Refusal } from '../../protocol/refusal.ts';
import type { Tenant } from '../tenants/tenants.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The tenant that `Host` names. Every route but the health checks has one. */
    tenant: Tenant;
    /**
     * The client's address in canonical form (specification: Rate limits). Behind a trusted proxy it is the address that the
     * proxy forwards for.
     */
    readonly clientAddress: string;
    /** Why the request was refused, for the access log. */
    refusal?: Refusal;
    /** Whether what became of the request to the inbox is noted, or is noted where its token is taken in. */
    arrivalNoted?: boolean;
    /** The span of the request; null: nobody observes. */
    span: Span | null;
  }
  interface FastifyReply {
    /** Sends a value in the envelope. */
    data(value: unknown, page?: { cursorPagination: unknown }): FastifyReply;
    /** Sends a value without an envelope. */
    json(value: unknown): FastifyReply;
  }
  interface FastifyContextConfig {
    /** The route answers for any `Host`. */
    anyHost?: boolean;
    rateClass?: 'inbox' | 'read' | 'none';
    /** The body is an action with related tokens. It may be larger than other bodies of strangers. */
    body?: 'inbox';
    /** Peers call the route with a token of their own. */
    calledByPeers?: boolean;
    /** The query has the PROXY token of a peer, or the secret of the owner. */
    takesProxyToken?: boolean;
    /** The body may take long. */
    longBody?: boolean;
  }
}
