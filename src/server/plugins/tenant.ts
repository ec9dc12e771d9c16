/** Which tenant a request is for. */
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { idTagFromHost } from '../../protocol/id-tag.ts';
import { badRequest, notFound } from '../http/request-error.ts';
import type { Tenant, Tenants } from '../tenants/tenants.ts';

/**
 * Sets the tenant that `Host` names. When the certificate was requested for another tenant (SNI), a client reuses a connection
 * across tenants, or somebody tries to. The answer is 421, so that an honest client opens a new connection.
 */
export function pickTenant(app: FastifyInstance, tenants: Tenants): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.anyHost) return done();
    const host = onlyHost(request);
    if (host === null) return done(badRequest('The request must have one Host header'));
    if (namesAnother(request.raw.url, host)) {
      return done(badRequest('The request target and the Host header name different identities'));
    }
    const found = tenants.byHost(host);
    if (!(found instanceof Promise)) return use(request, found, done);
    found.then((tenant) => use(request, tenant, done), done);
  });
}

/** The only `Host` header; null for several. A proxy and this server could read two of them differently (RFC 9112, 3.2). */
function onlyHost({ headers, raw: { rawHeaders } }: FastifyRequest): string | null {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === 'host') count += 1;
  return count === 1 ? (headers.host ?? null) : null;
}

/**
 * Whether an absolute request target names another host. The target counts (RFC 9112, 3.2.2), but a proxy in front may have used
 * the header: a request that names two tenants is refused.
 */
function namesAnother(target: string | undefined, host: string): boolean {
  if (target === undefined || target.startsWith('/') || !URL.canParse(target)) return false;
  return idTagFromHost(new URL(target).host) !== idTagFromHost(host);
}

function use(request: FastifyRequest, tenant: Tenant | null, done: (error?: Error) => void): void {
  const problem = tenant ? nameMismatch(request, tenant.idTag) : notFound('No such identity here');
  if (tenant && !problem) request.tenant = tenant;
  done(problem);
}

function nameMismatch(request: FastifyRequest, idTag: string): Error | undefined {
  const { servername } = request.raw.socket as Partial<TLSSocket>;
  if (typeof servername !== 'string' || servername === '') return undefined;
  if (idTagFromHost(servername) === idTag) return undefined;
  return badRequest('The TLS server name and the Host header name different identities', 'request.misdirected');
}
