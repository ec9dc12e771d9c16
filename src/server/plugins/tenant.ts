import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { idTagFromHost } from '../../protocol/id-tag.ts';
import { badRequest, notFound } from '../request-error.ts';
import type { Tenants } from '../tenants.ts';

/**
 * `Host` picks the identity. A certificate that was asked for in another identity's name (SNI) means that a client reuses
 * a connection across identities, or that somebody tries to: 421, so that an honest client opens a new one.
 */
export function pickTenant(app: FastifyInstance, tenants: Tenants): void {
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.anyHost) return;
    const tenant = await tenants.byHost(request.headers.host ?? '');
    if (!tenant) throw notFound('No such identity here');
    assertSameName(request, tenant.idTag);
    request.tenant = tenant;
  });
}

function assertSameName(request: FastifyRequest, idTag: string): void {
  const { servername } = request.raw.socket as Partial<TLSSocket>;
  if (typeof servername !== 'string' || servername === '') return;
  if (idTagFromHost(servername) === idTag) return;
  throw badRequest('The TLS server name and the Host header name different identities', { status: 421 });
}
