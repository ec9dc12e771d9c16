import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientAddress } from '../http/forwarded.ts';
import { trustedProxies } from '../http/trusted-proxies.ts';

/**
 * Gives each request its `clientAddress`. Fastify's own `ip` (`trustProxy`) takes whatever text stands in `X-Forwarded-For`, a port
 * with it, and knows no `Forwarded`.
 */
export function findClients(app: FastifyInstance, trusted: readonly string[]): void {
  const isProxy = trustedProxies(trusted);
  app.decorateRequest('clientAddress', {
    getter(this: FastifyRequest) {
      return clientAddress(this.raw, isProxy);
    },
  });
}
