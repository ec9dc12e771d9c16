import type { FastifyInstance } from 'fastify';
import { wireTime } from '../../protocol/envelope.ts';
import type { ServerDeps } from '../deps.ts';
import { etagMatches } from '../etag.ts';
import { JSON_CACHE_CONTROL, sendJson } from '../plugins/replies.ts';

/** `GET /api/me`: the profile, which is where every other instance takes this identity's keys from. */
export function meRoute(app: FastifyInstance, { clock }: Pick<ServerDeps, 'clock'>): void {
  app.get('/api/me', (request, reply) => {
    const { profileJson, etag } = request.tenant;
    reply.header('etag', etag);
    if (etagMatches(request.headers['if-none-match'], etag)) {
      return reply.header('cache-control', JSON_CACHE_CONTROL).code(304).send();
    }
    // The profile is serialised once; time and request ID are what differs between two answers.
    const time = wireTime(new Date(clock()));
    return sendJson(reply, `{"data":${profileJson},"time":"${time}","reqId":"${request.id}"}`);
  });
}
