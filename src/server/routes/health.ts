import type { FastifyInstance } from 'fastify';
import type { ServerDeps } from '../deps.ts';

/** `/healthz`: the process answers. `/readyz`: it can store what it accepts, and isn't stopping. On any `Host`. */
export function healthRoutes(app: FastifyInstance, { ready }: Pick<ServerDeps, 'ready'>): void {
  const config = { anyHost: true, rateClass: 'none' } as const;
  app.get('/healthz', { config }, (_request, reply) => reply.json({ status: 'ok' }));
  app.get('/readyz', { config }, (_request, reply) => {
    const isReady = ready();
    return reply.code(isReady ? 200 : 503).json({ status: isReady ? 'ready' : 'unavailable' });
  });
}
