/** Notes and logs the requests to the inbox that are refused before their token is read. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { logRefusal, notedRefusal, outcomeOfError } from '../../services/inbox/note-arrival.ts';
import type { Deps } from '../../services/runtime/deps.ts';
import { emptyNote } from '../../store/model/arrival-note.ts';
import { errorResponse } from '../http/error-responses.ts';
import { badRequest } from '../http/request-error.ts';

/**
 * Notes a request to the inbox that a limit, a ban, a missing tenant or a malformed body ended. It does so before the answer is sent:
 * what was answered is noted, even if the server is killed then.
 */
export function noteTurnedAway(
  app: FastifyInstance,
  { inbox: { arrivals }, clock, log }: { inbox: Pick<Deps, 'arrivals'> } & Pick<Deps, 'clock' | 'log'>,
): void {
  const note = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    if (request.routeOptions.config.body !== 'inbox' || request.arrivalNoted === true) return;
    request.arrivalNoted = true;
    const now = clock.wall();
    const ms = Math.round(reply.elapsedTime * 100) / 100;
    const made = emptyNote({
      ...{ at: now - Math.round(ms), ms, outcome: outcomeOfError(error) },
      origin: request.url.startsWith('/api/inbox/sync') ? 'sync' : 'inbox',
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
  app.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode === 408)
      note(request, reply, badRequest('The request took too long to arrive', 'request.timeout'));
    done();
  });
}

/** Fastify has errors of its own. */
function asKnown(error: unknown): unknown {
  if (error instanceof CloudilloError) return error;
  const { status, message } = errorResponse(error);
  if (status === 413) return badRequest(message, 'request.too-large');
  if (status === 415) return badRequest(message, 'request.media-type');
  return status < 500 ? badRequest(message) : error;
}
