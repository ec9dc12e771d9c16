/** The inbox routes. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sender } from '../../services/inbox/inbox-deps.ts';
import { receiveAction } from '../../services/inbox/receive-action.ts';
import type { ServerDeps } from '../context/deps.ts';
import type { Reputation } from '../guard/reputation.ts';
import { addressBlocks } from '../http/client-address.ts';
import { ANYBODY } from '../schemas/answers.ts';
import { inboxAnswerSchema, inboxBodySchema } from '../schemas/inbox.ts';

type InboxRequest = FastifyRequest<{ Body: Static<typeof inboxBodySchema> }>;

/** `POST /api/inbox` and `/api/inbox/sync`. They need no `Authorization`: the token authenticates itself. */
export function inboxRoutes(
  app: FastifyInstance,
  { inbox }: Pick<ServerDeps, 'inbox'>,
  reputation: Reputation | null,
): void {
  async function take(request: InboxRequest, reply: FastifyReply, sync: boolean): Promise<FastifyReply> {
    reputation?.assertNotBanned(request.clientAddress);
    const { token, related } = request.body;
    const sender = senderOf(reputation, request.clientAddress);
    const origin = sync ? 'sync' : 'inbox';
    const { network } = addressBlocks(request.clientAddress);
    // From here on the arrival is noted where it is taken in.
    request.arrivalNoted = true;
    const { parkedUntil } = await receiveAction(inbox, {
      tenant: request.tenant.idTag,
      token,
      related: related ?? [],
      origin,
      sender,
      network,
      request: { id: request.id, address: request.clientAddress },
    });
    const parked = parkedUntil === undefined ? {} : { parkedUntil: new Date(parkedUntil).toISOString() };
    return reply.code(sync ? 201 : 202).data(parked);
  }

  const config = { rateClass: 'inbox', body: 'inbox' } as const;
  const schema = { security: ANYBODY, body: inboxBodySchema };
  const deliver = {
    ...schema,
    summary: 'Deliver a signed action; answered once it is verified and stored, or parked',
    response: { 202: inboxAnswerSchema },
  };
  const sync = { ...schema, summary: 'The same', response: { 201: inboxAnswerSchema } };
  app.post('/api/inbox', { config, schema: deliver }, (request: InboxRequest, reply) => take(request, reply, false));
  app.post('/api/inbox/sync', { config, schema: sync }, (request: InboxRequest, reply) => take(request, reply, true));
}

/** The reputation of an address in the form that the inbox uses; null when reputations are off. */
export function senderOf(reputation: Reputation | null, address: string): Sender | null {
  if (!reputation) return null;
  return {
    powLevel: () => reputation.powLevel(address),
    badSignature: () => reputation.badSignature(address),
    troublesomeConn: () => reputation.troublesomeConn(address),
  };
}
