import { setTimeout as sleep } from 'node:timers/promises';
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { login, renewLogin } from '../../services/auth/login.ts';
import { changePassword } from '../../services/auth/password.ts';
import { proxyToken } from '../../services/auth/proxy-token.ts';
import { logout } from '../../services/auth/session.ts';
import type { ServerDeps } from '../context/deps.ts';
import type { SignInAttempts } from '../guard/sign-in-attempts.ts';
import { heldToken, ownersToken } from '../plugins/caller.ts';
import { loginBodySchema, logoutBodySchema, passwordBodySchema, proxyTokenQuerySchema } from '../schemas/auth.ts';

type LoginRequest = FastifyRequest<{ Body: Static<typeof loginBodySchema> }>;
type LogoutRequest = FastifyRequest<{ Body: Static<typeof logoutBodySchema> | undefined }>;
type PasswordRequest = FastifyRequest<{ Body: Static<typeof passwordBodySchema> }>;
type ProxyRequest = FastifyRequest<{ Querystring: Static<typeof proxyTokenQuerySchema> }>;

/** Tries with secrets cost like writes by strangers. */
const config = { rateClass: 'inbox' } as const;

/** The owner's sessions: `POST /api/auth/login`, `GET login-token`, `POST logout`, `POST password`, `GET proxy-token`. */
export function authRoutes(
  app: FastifyInstance,
  deps: Pick<ServerDeps, 'identities' | 'clock' | 'accessTokens' | 'pause'>,
  attempts: SignInAttempts | null,
): void {
  const timed = { ...deps, pause: deps.pause ?? ((ms: number) => sleep(ms)) };
  const attemptsOf = (request: FastifyRequest) => attempts?.of(request.ip) ?? null;

  app.post('/api/auth/login', { config, schema: { body: loginBodySchema } }, async (request: LoginRequest, reply) => {
    const own = request.tenant.identity;
    return reply.data(await login(timed, { own, ...request.body, attempts: attemptsOf(request) }));
  });

  app.get('/api/auth/login-token', async (request, reply) => {
    const held = await heldToken(deps, request);
    return reply.data(held && (await renewLogin(deps, request.tenant.identity, held)));
  });

  // The schema stands aside where there is no body: Fastify would have it say `null`.
  app.post(
    '/api/auth/logout',
    { preValidation: noBodyIsNull, schema: { body: logoutBodySchema } },
    async (request: LogoutRequest, reply) => {
      const held = await ownersToken(deps, request);
      await logout(deps, { tenant: request.tenant.idTag, held, apiKey: request.body?.apiKey });
      return reply.data(null);
    },
  );

  app.post(
    '/api/auth/password',
    { config, schema: { body: passwordBodySchema } },
    async (request: PasswordRequest, reply) => {
      const { session } = await ownersToken(deps, request);
      const tenant = request.tenant.idTag;
      await changePassword(timed, { tenant, ...request.body, session, attempts: attemptsOf(request) });
      return reply.data({});
    },
  );

  app.get(
    '/api/auth/proxy-token',
    { schema: { querystring: proxyTokenQuerySchema } },
    async (request: ProxyRequest, reply) => {
      const held = await ownersToken(deps, request);
      const { idTag: peer } = request.query;
      return reply.data(await proxyToken(deps, { tenant: request.tenant.idTag, held, peer }));
    },
  );
}

function noBodyIsNull(request: FastifyRequest, _reply: unknown, done: () => void): void {
  request.body ??= null;
  done();
}
