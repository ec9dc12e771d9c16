import type { FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { callerOf } from '../../services/access-token.ts';
import { type Caller, callerAt, GUEST } from '../../services/caller.ts';
import { notForYou } from '../../services/read-errors.ts';
import type { ServerDeps } from '../deps.ts';

/**
 * Who asks. Without `Authorization` a guest; with a bad one nobody, also where it is optional: a reader whose token ran out
 * should learn that, and not take the public part for all there is.
 * @throws CloudilloError `auth.invalid`
 */
export async function callerOfRequest(
  deps: Pick<ServerDeps, 'identities' | 'clock'>,
  request: FastifyRequest,
): Promise<Caller> {
  const { authorization } = request.headers;
  if (authorization === undefined) return GUEST;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    throw new CloudilloError('auth.invalid', 'Authentication required or invalid token', { stage: 'server' });
  }
  return callerOf(deps, request.tenant.idTag, token);
}

/**
 * For the routes that are the owner's alone.
 * @throws CloudilloError `auth.invalid`; `permission.denied` for anybody else, a guest included, as the network answers
 */
export async function assertOwner(
  deps: Pick<ServerDeps, 'identities' | 'clock'>,
  request: FastifyRequest,
): Promise<void> {
  // A token for one file isn't the owner's whole say.
  if (!callerAt(await callerOfRequest(deps, request), null).owner) throw notForYou();
}
