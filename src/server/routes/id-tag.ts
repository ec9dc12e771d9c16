import type { FastifyInstance } from 'fastify';
import { sendJson } from '../plugins/replies.ts';

/** `GET /.well-known/cloudillo/id-tag`, on the app domain: no envelope. */
export function idTagRoute(app: FastifyInstance): void {
  app.get('/.well-known/cloudillo/id-tag', (request, reply) => {
    reply.header('access-control-allow-origin', request.headers.origin ?? '*');
    return sendJson(reply, JSON.stringify({ idTag: request.tenant.idTag }));
  });
}
