/** The route of the API's description. */
import { Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import type { ServerDeps } from '../context/deps.ts';
import { notFound } from '../http/request-error.ts';
import { sendJson } from '../plugins/replies.ts';
import { ANYBODY } from '../schemas/answers.ts';

const schema = {
  summary: 'This document',
  security: ANYBODY,
  response: { 200: Type.Object({ openapi: Type.String() }) },
};

/**
 * `GET /api/openapi.json`: the routes of this server, the same for every tenant. The document is made when the project is built.
 */
export function openApiRoute(app: FastifyInstance, { openApi }: Pick<ServerDeps, 'openApi'>): void {
  app.get('/api/openapi.json', { schema }, async (_request, reply) => {
    if (!openApi) throw notFound();
    return sendJson(reply, await openApi());
  });
}
