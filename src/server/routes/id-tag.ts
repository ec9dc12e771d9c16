/** The route that tells which identity a domain belongs to. */
import { Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import { sendJson } from '../plugins/replies.ts';
import { ANYBODY } from '../schemas/answers.ts';

const schema = {
  summary: 'Which identity lives at this app domain',
  security: ANYBODY,
  response: { 200: Type.Object({ idTag: Type.String() }, { additionalProperties: false }) },
};

/** `GET /.well-known/cloudillo/id-tag`, on the app domain. The answer has no envelope. */
export function idTagRoute(app: FastifyInstance): void {
  app.get('/.well-known/cloudillo/id-tag', { schema }, (request, reply) => {
    reply.header('access-control-allow-origin', request.headers.origin ?? '*');
    return sendJson(reply, JSON.stringify({ idTag: request.tenant.idTag }));
  });
}
