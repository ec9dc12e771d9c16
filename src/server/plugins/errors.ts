import type { FastifyInstance, FastifyReply } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../../services/runtime/deps.ts';
import { errorBody, errorResponse } from '../http/error-responses.ts';
import { badRequest, notFound } from '../http/request-error.ts';
import { pathOfTarget } from '../http/request-target.ts';
import { sendJson } from './replies.ts';
import type { RouteMethods } from './route-methods.ts';

/** Every refusal leaves in the error form (specification: Envelope and errors); what isn't known is logged in full and told as 500. */
export function handleErrors(app: FastifyInstance, { log, clock }: Pick<Deps, 'log' | 'clock'>): void {
  app.setErrorHandler((error, request, reply) => {
    if (reply.sent) return;
    if (error instanceof CloudilloError) request.refusal = error.refusal(clock.wall());
    const response = errorResponse(error);
    if (response.status >= 500) {
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
 * 404 for a path that isn't here, 405 for a method that it doesn't have, and OPTIONS tells which it has: before a body is looked at,
 * which nobody wants there, and which Fastify would ask for where a method has one by its nature (QUERY).
 */
export function refuseUnknownRoutes(app: FastifyInstance, routes: RouteMethods): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    // Of the server as a whole: are you there (RFC 9110, 9.3.7)?
    if (request.method === 'OPTIONS' && request.url === '*') return void reply.code(204).send();
    const allowed = routes.allowed(pathOfTarget(request.url));
    if (allowed.length === 0) return done(notFound());
    const allow = [...allowed, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') return void reply.header('allow', allow).code(204).send();
    done(badRequest(`Method ${request.method} is not allowed here`, 'request.method', { allow }));
  });
}

/** Answers with an error of any kind. */
export function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  const response = errorResponse(error);
  if (response.retryAfter !== undefined) reply.header('retry-after', String(response.retryAfter));
  reply.headers(response.headers ?? {}).code(response.status);
  return sendJson(reply, errorBody(response), 'no-store');
}

/** Query strings carry tokens: they stay out of the logs. */
function path(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
