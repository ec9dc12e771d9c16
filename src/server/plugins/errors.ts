import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Log } from '../../services/deps.ts';
import { errorBody, errorResponse } from '../error-responses.ts';
import { badRequest, notFound } from '../request-error.ts';
import { sendJson } from './replies.ts';
import type { RouteMethods } from './route-methods.ts';

/** Every refusal leaves in the error form of PROTOCOL.md; what isn't known is logged in full and told as 500. */
export function handleErrors(app: FastifyInstance, routes: RouteMethods, log: Log): void {
  app.setErrorHandler((error, request, reply) => {
    if (reply.sent) return;
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
  app.setNotFoundHandler((request, reply) => {
    const allowed = routes.allowed(path(request.url));
    if (allowed.length === 0) return sendError(reply, notFound());
    const allow = allowed.join(', ');
    return sendError(reply, badRequest(`Method ${request.method} is not allowed here`, { status: 405, allow }));
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
