/** The owner's routes for signing in and out. */
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
import { ANYBODY, OPTIONAL, SIGNED_IN } from '../schemas/answers.ts';
import {
  loginAnswerSchema,
  loginBodySchema,
  loginTokenAnswerSchema,
  logoutBodySchema,
  nothingAnswerSchema,
  passwordAnswerSchema,
  passwordBodySchema,
  proxyTokenAnswerSchema,
  proxyTokenQuerySchema,
} from '../schemas/auth.ts';

type LoginRequest = FastifyRequest<{ Body: Static<typeof loginBodySchema> }>;
type LogoutRequest = FastifyRequest<{ Body: Static<typeof logoutBodySchema> | undefined }>;
type PasswordRequest = FastifyRequest<{ Body: Static<typeof passwordBodySchema> }>;
type ProxyRequest = FastifyRequest<{ Querystring: Static<typeof proxyTokenQuerySchema> }>;

/** Attempts with secrets cost as much as writes by strangers. */
const config = { rateClass: 'inbox' } as const;

/** The owner's sessions: `POST /api/auth/login`, `GET login-token`, `POST logout`, `POST password`, `GET proxy-token`. */
export function authRoutes(
  app: FastifyInstance,
  deps: Pick<ServerDeps, 'identities' | 'clock' | 'accessTokens' | 'pause'>,
  attempts: SignInAttempts | null,
): void {
  const timed = { ...deps, pause: deps.pause ?? ((ms: number) => sleep(ms)) };
  const attemptsOf = (request: FastifyRequest) => attempts?.of(request.clientAddress) ?? null;

  const signIn = {
    summary: 'Sign in with the password',
    security: ANYBODY,
    body: loginBodySchema,
    response: { 200: loginAnswerSchema },
  };
  app.post('/api/auth/login', { config, schema: signIn }, async (request: LoginRequest, reply) => {
    const own = request.tenant.identity;
    return reply.data(await login(timed, { own, ...request.body, attempts: attemptsOf(request) }));
  });

  const renew = {
    summary: 'Who is signed in, with a fresh token; null: nobody',
    security: OPTIONAL,
    response: { 200: loginTokenAnswerSchema },
  };
  app.get('/api/auth/login-token', { schema: renew }, async (request, reply) => {
    const held = await heldToken(deps, request);
    return reply.data(held && (await renewLogin(deps, request.tenant.identity, held)));
  });

  const signOut = {
    summary: 'Sign out',
    security: SIGNED_IN,
    body: logoutBodySchema,
    response: { 200: nothingAnswerSchema },
  };
  // The schema doesn't apply to a request without a body: Fastify would validate `null`.
  app.post(
    '/api/auth/logout',
    { preValidation: noBodyIsNull, schema: signOut },
    async (request: LogoutRequest, reply) => {
      const held = await ownersToken(deps, request);
      await logout(deps, { tenant: request.tenant.idTag, held, apiKey: request.body?.apiKey });
      return reply.data(null);
    },
  );

  const change = {
    summary: 'Change the password',
    security: SIGNED_IN,
    body: passwordBodySchema,
    response: { 200: passwordAnswerSchema },
  };
  app.post('/api/auth/password', { config, schema: change }, async (request: PasswordRequest, reply) => {
    const { session } = await ownersToken(deps, request);
    const tenant = request.tenant.idTag;
    await changePassword(timed, { tenant, ...request.body, session, attempts: attemptsOf(request) });
    return reply.data({});
  });

  const proxy = {
    summary: 'An access token here, or at another instance',
    security: SIGNED_IN,
    querystring: proxyTokenQuerySchema,
    response: { 200: proxyTokenAnswerSchema },
  };
  app.get('/api/auth/proxy-token', { schema: proxy }, async (request: ProxyRequest, reply) => {
    const held = await ownersToken(deps, request);
    const { idTag: peer } = request.query;
    return reply.data(await proxyToken(deps, { tenant: request.tenant.idTag, held, peer }));
  });
}

function noBodyIsNull(request: FastifyRequest, _reply: unknown, done: () => void): void {
  request.body ??= null;
  done();
}
