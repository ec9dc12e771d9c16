/** Builds the HTTP app from its plugins and routes. */
import fastify, { type FastifyInstance, type FastifyServerOptions, type RouteOptions } from 'fastify';
import './http/request-context.ts';
import type { ServerDeps } from './context/deps.ts';
import { createRateLimits } from './guard/rate-limits.ts';
import { createReputation } from './guard/reputation.ts';
import { createSignInAttempts } from './guard/sign-in-attempts.ts';
import { logRequests } from './plugins/access-log.ts';
import { findClients } from './plugins/client-address.ts';
import { handleErrors, refuseUnknownRoutes } from './plugins/errors.ts';
import { BODY_LIMIT, parseJson } from './plugins/json-body.ts';
import { rememberAnswers } from './plugins/last-answer.ts';
import { limitRates } from './plugins/limits.ts';
import { refuseOddRequests, refuseUrl } from './plugins/malformed-http.ts';
import { decorateReplies } from './plugins/replies.ts';
import { beginRequests } from './plugins/request-head.ts';
import { createRequestIds } from './plugins/request-id.ts';
import { collectRouteMethods } from './plugins/route-methods.ts';
import { refuseStatedBodies } from './plugins/stated-bodies.ts';
import { takeTurns } from './plugins/take-turns.ts';
import { pickTenant } from './plugins/tenant.ts';
import { traceRequests } from './plugins/traced-requests.ts';
import { noteAndRefuse, noteTurnedAway } from './plugins/turned-away.ts';
import { noticeUnknownQuery } from './plugins/unknown-query.ts';
import { limitUnreadAnswers } from './plugins/unread-answers.ts';
import { validateRequests } from './plugins/validation.ts';
import { accessTokenRoutes } from './routes/access-token.ts';
import { actionRoutes } from './routes/actions.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { authRoutes } from './routes/auth.ts';
import { busRoute } from './routes/bus.ts';
import { fileRoutes } from './routes/files.ts';
import { healthRoutes } from './routes/health.ts';
import { idTagRoute } from './routes/id-tag.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { meRoute } from './routes/me.ts';
import { openApiRoute } from './routes/openapi.ts';
import { outboxRoute } from './routes/outbox.ts';
import { ownActionRoutes } from './routes/own-actions.ts';
import { profileRoutes } from './routes/profiles.ts';
import { uploadRoutes } from './routes/upload.ts';
import { createTenants } from './tenants/tenants.ts';

/** The longest time that a request may take to arrive, milliseconds. A slower caller holds a socket for nothing. */
const REQUEST_TIMEOUT = 30_000;
/** The same for an upload, which also has to keep up a minimum rate (upload-body.ts). */
const UPLOAD_TIMEOUT = 2 * 3_600_000;
/**
 * A connection is closed when its client reads nothing of an answer for this long. The system's own buffers hide that for a
 * while.
 */
const UNREAD_TIMEOUT = 120_000;
/** Longer than common proxies keep an idle connection, so that the proxy closes it first. */
const KEEP_ALIVE = 72_000;
const MAX_PARAM_LENGTH = 2048;
/** How often Node looks for connections that take too long. Its default of half a minute would let a minute pass. */
const LOOK = 1_000;

/** The options of Node's server, for a time that the head of a request may take. */
function httpOptions(patience: number): object {
  return {
    // Node would refuse a request without `Host` by itself, with an empty body.
    requireHostHeader: false,
    headersTimeout: patience,
    connectionsCheckingInterval: LOOK,
    // For TLS. Node's default is two minutes.
    handshakeTimeout: patience,
  };
}

/** How the server listens. The caller of `listen` decides about certificates and the log. */
export type ListenerOptions = Pick<FastifyServerOptions, 'loggerInstance' | 'logger' | 'serverFactory'> & {
  https?: object;
  /** How long a TLS handshake, the head of a request and its body may take, each; milliseconds. Default 30 s. */
  patience?: number;
  /** Called with each route before the app is ready, for the API's description. */
  onRoute?: (route: RouteOptions) => void;
};

/** Builds the HTTP app. It doesn't listen: tests inject requests, and `serve` binds a port. */
export async function buildApp(
  deps: ServerDeps,
  { onRoute, patience = REQUEST_TIMEOUT, ...listener }: ListenerOptions = {},
): Promise<FastifyInstance> {
  const app = fastify({
    ...listener,
    ...(listener.https ? { https: { ...listener.https, ...httpOptions(patience) } } : { http: httpOptions(patience) }),
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    schemaController: validateRequests(),
    requestTimeout: UPLOAD_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE,
    forceCloseConnections: 'idle',
    frameworkErrors: refuseUrl,
    clientErrorHandler: noteAndRefuse(deps),
    genReqId: createRequestIds(),
    requestIdHeader: false,
  } as FastifyServerOptions) as unknown as FastifyInstance;

  rememberAnswers(app);
  refuseOddRequests(app);
  parseJson(app, deps);
  app.decorateRequest('tenant');
  findClients(app, deps.trustedProxies);
  decorateReplies(app, deps.clock.wall);
  const routes = collectRouteMethods(app);
  if (onRoute) app.addHook('onRoute', onRoute);
  handleErrors(app, deps);

  limitUnreadAnswers(app, UNREAD_TIMEOUT);
  traceRequests(app, deps.requestObserver ?? deps.observer);
  beginRequests(app, patience);
  logRequests(app, deps.log);
  noteTurnedAway(app, deps);
  if (deps.rateLimits) limitRates(app, createRateLimits(deps.clock.monotonic));
  takeTurns(app);
  const tenants = createTenants(deps.home, deps.identities);
  pickTenant(app, tenants);
  refuseUnknownRoutes(app, routes);
  refuseStatedBodies(app, deps);
  noticeUnknownQuery(app);

  const reputation = deps.rateLimits ? createReputation(deps.clock.monotonic) : null;
  deps.server.addresses = reputation;
  const attempts = deps.rateLimits ? createSignInAttempts(deps.clock.monotonic) : null;
  healthRoutes(app, deps);
  idTagRoute(app);
  meRoute(app, deps);
  inboxRoutes(app, deps, reputation);
  accessTokenRoutes(app, deps, reputation, attempts);
  authRoutes(app, deps, attempts);
  apiKeyRoutes(app, deps);
  actionRoutes(app, deps);
  ownActionRoutes(app, deps);
  outboxRoute(app, deps);
  profileRoutes(app, deps);
  fileRoutes(app, deps);
  uploadRoutes(app, deps);
  openApiRoute(app, deps);
  await busRoute(app, deps, tenants);
  await app.ready();
  return app;
}
