/** The outbox route. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readOutbox } from '../../services/reading/read-outbox.ts';
import type { ServerDeps } from '../context/deps.ts';
import { callerOfRequest } from '../plugins/caller.ts';
import { outboxAnswerSchema, outboxQuerySchema } from '../schemas/actions.ts';
import { SIGNED_IN } from '../schemas/answers.ts';

type OutboxRequest = FastifyRequest<{ Querystring: Static<typeof outboxQuerySchema> }>;

/** `GET /api/outbox`: recent actions, for a peer that has just begun to follow. */
export function outboxRoute(
  app: FastifyInstance,
  deps: Pick<ServerDeps, 'store' | 'identities' | 'clock' | 'log'>,
): void {
  const schema = {
    summary: 'Signed actions since a time, oldest first, of those that the caller may read',
    security: SIGNED_IN,
    querystring: outboxQuerySchema,
    response: { 200: outboxAnswerSchema },
  };
  app.get('/api/outbox', { schema, config: { calledByPeers: true } }, async (request: OutboxRequest, reply) => {
    const caller = await callerOfRequest(deps, request);
    const { since, limit } = request.query;
    const items = await readOutbox(deps, {
      tenant: request.tenant.idTag,
      caller,
      ...(since !== undefined && { since: Number(since) }),
      ...(limit !== undefined && { limit: Number(limit) }),
    });
    return reply.data({ items });
  });
}
