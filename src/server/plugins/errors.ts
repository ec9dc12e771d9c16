/** Answers errors, unknown paths and wrong methods. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../../services/runtime/deps.ts';
import { errorBody, errorResponse } from '../http/error-responses.ts';
import { badRequest, notFound } from '../http/request-error.ts';
import { pathOfTarget } from '../http/request-target.ts';
import { sendJson } from './replies.ts';
import type { RouteMethods } from './route-methods.ts';

/**
 * Sends every error in the network's form (specification: Envelope and errors). An unknown error is logged in full and answered
 * as a bare 500.
 */
export function handleErrors(app: FastifyInstance, { log, clock }: Pick<Deps, 'log' | 'clock'>): void {
  app.setErrorHandler((error, request, reply) => {
    if (reply.sent) return;
    if (error instanceof CloudilloError) request.refusal = error.refusal(clock.wall());
    const response = errorResponse(error);
    // The inbox logs its own refusals.
    if (response.status === 500 || (response.status > 500 && request.routeOptions.config.body !== 'inbox')) {
      log(response.status === 500 ? 'error' : 'warn', 'request failed', {
        reqId: request.id,
        path: path(request.url),
        err: error,
      });
    }
    return sendError(reply, error);
  });
}

/**
 * Answers 404 for an unknown path and 405 for a method that the path doesn't have; OPTIONS lists the methods. It answers before the
 * body is read, because Fastify refuses a request without a body whose method needs one (QUERY).
 */
export function refuseUnknownRoutes(app: FastifyInstance, routes: RouteMethods): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    // A request for the server as a whole (RFC 9110, 9.3.7).
    if (request.method === 'OPTIONS' && request.url === '*') return void reply.code(204).send();
    const allowed = routes.allowed(pathOfTarget(request.url));
    if (allowed.length === 0) return done(notFound());
    const allow = [...allowed, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') return void reply.header('allow', allow).code(204).send();
    done(badRequest(`Method ${request.method} is not allowed here`, 'request.method', { allow }));
  });
}

/** Sends any error as an answer. */
export function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  const response = errorResponse(error);
  if (response.retryAfter !== undefined) reply.header('retry-after', String(response.retryAfter));
  reply.headers(response.headers ?? {}).code(response.status);
  return sendJson(reply, errorBody(response), 'no-store');
}

/** Query strings carry tokens and stay out of the logs. */
function path(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
