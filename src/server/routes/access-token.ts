/** The route that issues access tokens. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { ACCESS_TTL } from '../../services/auth/access-token.ts';
import { exchangeApiKey } from '../../services/auth/api-keys.ts';
import { exchangeProxyToken } from '../../services/auth/exchange-proxy-token.ts';
import { reissueToken } from '../../services/auth/session.ts';
import type { ServerDeps } from '../context/deps.ts';
import type { Reputation } from '../guard/reputation.ts';
import type { SignInAttempts } from '../guard/sign-in-attempts.ts';
import { badRequest } from '../http/request-error.ts';
import { heldToken } from '../plugins/caller.ts';
import { exchangeAnswerSchema, exchangeQuerySchema } from '../schemas/access-token.ts';
import { OPTIONAL } from '../schemas/answers.ts';
import { senderOf } from './inbox.ts';

type ExchangeRequest = FastifyRequest<{ Querystring: Static<typeof exchangeQuerySchema> }>;
type ExchangeDeps = Pick<ServerDeps, 'inbox' | 'identities' | 'store' | 'clock' | 'log'>;

/**
 * `GET /api/auth/access-token`: issues an access token for a PROXY token (`token=`), by which another identity signs in to read;
 * for an API key (`apiKey=`); or for the access token of the request.
 */
export function accessTokenRoutes(
  app: FastifyInstance,
  deps: ExchangeDeps,
  reputation: Reputation | null,
  attempts: SignInAttempts | null,
): void {
  const schema = {
    summary: 'An access token for a PROXY token, an API key, or a session',
    security: OPTIONAL,
    querystring: exchangeQuerySchema,
    response: { 200: exchangeAnswerSchema },
  };
  const options = { config: { rateClass: 'inbox', takesProxyToken: true }, schema } as const;
  app.get('/api/auth/access-token', options, async (request: ExchangeRequest, reply) => {
    const { token, apiKey, scope, refId, via } = request.query;
    const { identity: own, idTag: tenant } = request.tenant;
    const ttl = lifetimeOf(request.query.lifetime);
    if (refId !== undefined || via !== undefined) throw badRequest('Share links (refId, via) are not offered here');
    if (token !== undefined) {
      reputation?.assertNotBanned(request.clientAddress);
      const sender = senderOf(reputation, request.clientAddress);
      const exchange = { ...deps.inbox, ...deps };
      // From here on a refusal is noted where the token is exchanged.
      request.arrivalNoted = true;
      const from = { id: request.id, address: request.clientAddress };
      const given = { tenant, token, scope, ttl, sender, request: from };
      return reply.data({ token: await exchangeProxyToken(exchange, given) });
    }
    if (apiKey !== undefined) {
      const counted = attempts?.of(request.clientAddress) ?? null;
      return reply.data(await exchangeApiKey(deps, { own, apiKey, scope, ttl, attempts: counted }));
    }
    const held = await heldToken(deps, request);
    if (!held) {
      throw new CloudilloError('auth.missing', 'Authentication required or invalid token', { stage: 'server' });
    }
    return reply.data({ token: await reissueToken(deps, tenant, held, { scope, ttl }) });
  });
}

/** A lifetime shorter than the usual hour, if one was asked for. */
function lifetimeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Math.min(Number(text), ACCESS_TTL);
}
