import type { FastifyInstance } from 'fastify';

/** `GET /.well-known/cloudillo/id-tag`, on the app domain: no envelope. */
export function idTagRoute(app: FastifyInstance): void {
  app.get('/.well-known/cloudillo/id-tag', (request, reply) =>
    reply
      .header('content-type', 'application/json')
      .header('access-control-allow-origin', request.headers.origin ?? '*')
      .send(Buffer.from(JSON.stringify({ idTag: request.tenant.idTag }))),
  );
}
