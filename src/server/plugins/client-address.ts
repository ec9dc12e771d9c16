/** Sets the client's address of each request. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientAddress } from '../http/forwarded.ts';
import { trustedProxies } from '../http/trusted-proxies.ts';

/**
 * Gives each request its `clientAddress`. Fastify's own `ip` (`trustProxy`) accepts any text in `X-Forwarded-For`, a port
 * included, and doesn't read `Forwarded`.
 */
export function findClients(app: FastifyInstance, trusted: readonly string[]): void {
  const isProxy = trustedProxies(trusted);
  app.decorateRequest('clientAddress', {
    getter(this: FastifyRequest) {
      return clientAddress(this.raw, isProxy);
    },
  });
}
