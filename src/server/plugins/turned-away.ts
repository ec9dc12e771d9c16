/** Notes and logs the requests to the inbox that are refused before their token is read. */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest, onResponseHookHandler } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { logRefusal, notedRefusal, outcomeOfError } from '../../services/inbox/note-arrival.ts';
import type { Deps } from '../../services/runtime/deps.ts';
import { type ArrivalOrigin, emptyNote } from '../../store/model/arrival-note.ts';
import { plainAddress } from '../http/client-address.ts';
import { errorResponse } from '../http/error-responses.ts';
import { badRequest } from '../http/request-error.ts';
import { refuseConnection } from './malformed-http.ts';

/**
 * Notes a request to the inbox, or one with a PROXY token, that a limit, a ban, a missing tenant or a malformed body ended. It does so before the answer is sent:
 * what was answered is noted, even if the server is killed then.
 */
export function noteTurnedAway(app: FastifyInstance, { inbox: { arrivals }, clock, log }: NoteDeps): void {
  const note = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    const origin = originOf(request);
    if (origin === null || request.arrivalNoted === true) return;
    request.arrivalNoted = true;
    const now = clock.wall();
    const ms = Math.round(reply.elapsedTime * 100) / 100;
    const made = emptyNote({
      ...{ at: now - Math.round(ms), ms, outcome: outcomeOfError(error) },
      origin,
      tenant: request.tenant?.idTag ?? null,
      address: request.clientAddress,
      request: request.id,
      refusal: notedRefusal(error, now),
    });
    arrivals.note(made);
    logRefusal({ log }, made);
  };
  app.addHook('onError', (request, reply, error, done) => {
    note(request, reply, asKnown(error));
    done();
  });
  // A body that comes too slowly is answered past the hooks.
  const noteSlow: onResponseHookHandler = (request, reply, done) => {
    if (reply.statusCode === 408)
      note(request, reply, badRequest('The request took too long to arrive', 'request.timeout'));
    done();
  };
  app.addHook('onRoute', (route) => {
    const { body, takesProxyToken } = route.config ?? {};
    if (body === 'inbox' || takesProxyToken) route.onResponse = [route.onResponse ?? [], noteSlow].flat();
  });
}

/** How a token would have come; null: the request isn't one that brings any. */
function originOf({ url, query, routeOptions: { config } }: FastifyRequest): ArrivalOrigin | null {
  if (config.body === 'inbox') return url.startsWith('/api/inbox/sync') ? 'sync' : 'inbox';
  const { token } = (query ?? {}) as { token?: unknown };
  return config.takesProxyToken === true && token !== undefined ? 'access' : null;
}

/** The parts that notes need. */
type NoteDeps = { inbox: Pick<Deps, 'arrivals'> } & Pick<Deps, 'clock' | 'log'>;

/** Notes a connection that ended before its request was read. */
export function noteConnection(
  { inbox: { arrivals }, clock, log }: NoteDeps,
  socket: Socket,
  error: CloudilloError,
): void {
  const now = clock.wall();
  const made = emptyNote({
    ...{ at: now, outcome: outcomeOfError(error), origin: 'connection' },
    address: plainAddress(socket.remoteAddress ?? ''),
    refusal: notedRefusal(error, now),
  });
  arrivals.note(made);
  logRefusal({ log }, made);
}

/** Answers what isn't HTTP. A head that is too large is noted: scanners send everything else. */
export function noteAndRefuse(deps: NoteDeps): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
    if (isTooLarge) noteConnection(deps, socket, badRequest('The request headers are too large', 'request.headers'));
    refuseConnection(error, socket);
  };
}

/** Fastify has errors of its own. */
function asKnown(error: unknown): unknown {
  if (error instanceof CloudilloError) return error;
  const { status, message } = errorResponse(error);
  if (status === 413) return badRequest(message, 'request.too-large');
  if (status === 415) return badRequest(message, 'request.media-type');
  return status < 500 ? badRequest(message) : error;
}
