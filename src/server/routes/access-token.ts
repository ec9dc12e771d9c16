import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { exchangeProxyToken } from '../../services/access-token.ts';
import type { ServerDeps } from '../deps.ts';
import type { Reputation } from '../reputation.ts';
import { exchangeQuerySchema } from '../schemas/access-token.ts';
import { senderOf } from './inbox.ts';

type ExchangeRequest = FastifyRequest<{ Querystring: Static<typeof exchangeQuerySchema> }>;

/** `GET /api/auth/access-token?token=<PROXY token>`: how another identity signs in to read here. */
export function accessTokenRoutes(
  app: FastifyInstance,
  { inbox, identities, clock }: Pick<ServerDeps, 'inbox' | 'identities' | 'clock'>,
  reputation: Reputation | null,
): void {
  const options = { config: { rateClass: 'inbox' }, schema: { querystring: exchangeQuerySchema } } as const;
  app.get('/api/auth/access-token', options, async (request: ExchangeRequest, reply) => {
    reputation?.assertNotBanned(request.ip);
    const { token, scope } = request.query;
    if (token === undefined) {
      throw new CloudilloError('auth.missing', 'Authentication required or invalid token', { stage: 'server' });
    }
    const sender = senderOf(reputation, request.ip);
    const accessToken = await exchangeProxyToken(
      { ...inbox, identities, clock },
      {
        tenant: request.tenant.idTag,
        token,
        ...(scope !== undefined && { scope }),
        ...(sender && { sender }),
      },
    );
    return reply.data({ token: accessToken });
  });
}
