import type { FastifyInstance } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import type { ServerDeps } from '../context/deps.ts';

/** `/healthz`: the process answers. `/readyz`: it can store what it accepts, and isn't stopping. On any `Host`. */
export function healthRoutes(app: FastifyInstance, { ready }: Pick<ServerDeps, 'ready'>): void {
  const config = { anyHost: true, rateClass: 'none' } as const;
  app.get('/healthz', { config }, (_request, reply) => reply.json({ status: 'ok' }));
  app.get('/readyz', { config }, (_request, reply) => {
    if (ready()) return reply.json({ status: 'ready' });
    throw new CloudilloError('server.not-ready', 'The server is stopping, or can’t write to its disk', {
      stage: 'server',
      retryAfter: 5,
    });
  });
}
