/** The health checks. */
import { Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import type { ServerDeps } from '../context/deps.ts';
import { ANYBODY } from '../schemas/answers.ts';

const status = (value: string) => Type.Object({ status: Type.Literal(value) }, { additionalProperties: false });
const HEALTHY = { summary: 'The process answers', security: ANYBODY, response: { 200: status('ok') } };
const READY = {
  summary: 'It takes requests, and its disk takes writes',
  security: ANYBODY,
  response: { 200: status('ready') },
};

/** `/healthz`: the process answers. `/readyz`: it can store actions and isn't stopping. Both answer for any `Host`. */
export function healthRoutes(app: FastifyInstance, { ready, disk }: Pick<ServerDeps, 'ready' | 'disk'>): void {
  const config = { anyHost: true, rateClass: 'none' } as const;
  app.get('/healthz', { config, schema: HEALTHY }, (_request, reply) => reply.json({ status: 'ok' }));
  app.get('/readyz', { config, schema: READY }, async (_request, reply) => {
    const problem = await disk.writeProblem();
    if (ready() && !problem) return reply.json({ status: 'ready' });
    throw new CloudilloError('server.not-ready', `The server is not ready: ${whyNot(problem)}`, {
      stage: 'server',
      retryAfter: 5,
      ...(problem && { cause: problem }),
    });
  });
}

/** The reason, as anybody may read it. */
function whyNot(problem: CloudilloError | null): string {
  if (problem?.code === 'store.full') return 'its disk is full';
  if (problem?.code === 'store.read-only') return 'its disk is read-only';
  if (problem?.code === 'store.descriptors') return 'it may open no more files';
  return problem ? 'it can’t write to its disk' : 'it is stopping, or can’t write to its disk';
}
