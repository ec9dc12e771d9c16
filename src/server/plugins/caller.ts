import type { FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { type ReadToken, readAccessToken, type Session } from '../../services/auth/access-token.ts';
import { type Caller, callerAt, GUEST } from '../../services/readers/caller.ts';
import { notForYou } from '../../services/runtime/read-errors.ts';
import type { ServerDeps } from '../context/deps.ts';

type TokenDeps = Pick<ServerDeps, 'identities' | 'clock'>;

/**
 * The access token that a request carries; null: none. A bad one is refused, also where it is optional: a reader whose token ran
 * out should learn that, and not take the public part for all there is.
 * @throws CloudilloError `auth.invalid`
 */
export async function heldToken(deps: TokenDeps, request: FastifyRequest): Promise<ReadToken | null> {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    throw new CloudilloError('auth.invalid', 'Authentication required or invalid token', { stage: 'server' });
  }
  return readAccessToken(deps, request.tenant.idTag, token);
}

/** Who asks; without `Authorization` a guest. Throws as {@link heldToken}. */
export async function callerOfRequest(deps: TokenDeps, request: FastifyRequest): Promise<Caller> {
  return (await heldToken(deps, request))?.caller ?? GUEST;
}

/**
 * The owner's token, for what concerns the session itself.
 * @throws CloudilloError `auth.invalid`; `permission.denied` for anybody else's, and one for a file only
 */
export async function ownersToken(deps: TokenDeps, request: FastifyRequest): Promise<ReadToken & { session: Session }> {
  const held = await heldToken(deps, request);
  const { session } = held ?? {};
  if (!held || !session || held.caller.scope) throw notForYou();
  return { ...held, session };
}

/**
 * For the routes that are the owner's alone.
 * @throws CloudilloError `auth.invalid`; `permission.denied` for anybody else, a guest included, as the network answers
 */
export async function assertOwner(deps: TokenDeps, request: FastifyRequest): Promise<void> {
  // A token for one file isn't the owner's whole say.
  if (!callerAt(await callerOfRequest(deps, request), null).owner) throw notForYou();
}
