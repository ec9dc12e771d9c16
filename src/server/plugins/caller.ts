/** Who makes a request, by its access token. */
import type { FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { type ReadToken, readAccessToken, type Session } from '../../services/auth/access-token.ts';
import { type Caller, callerAt, GUEST } from '../../services/readers/caller.ts';
import { notForYou } from '../../services/runtime/read-errors.ts';
import type { ServerDeps } from '../context/deps.ts';

type TokenDeps = Pick<ServerDeps, 'identities' | 'clock'>;

/**
 * The access token of a request; null when it has none. A bad token is refused also where a token is optional: a reader whose
 * token expired should learn that, and not take the public part for everything.
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

/** The caller of a request; without `Authorization` a guest. It throws as {@link heldToken}. */
export async function callerOfRequest(deps: TokenDeps, request: FastifyRequest): Promise<Caller> {
  return (await heldToken(deps, request))?.caller ?? GUEST;
}

/**
 * The owner's token, for the routes about the session itself.
 * @throws CloudilloError `auth.invalid`; `permission.denied` for any other caller, and for a token for one file only
 */
export async function ownersToken(deps: TokenDeps, request: FastifyRequest): Promise<ReadToken & { session: Session }> {
  const held = await heldToken(deps, request);
  const { session } = held ?? {};
  if (!held || !session || held.caller.scope) throw notForYou();
  return { ...held, session };
}

/**
 * Refuses any caller but the owner.
 * @throws CloudilloError `auth.invalid`; `permission.denied` for any other caller, a guest included, as the network answers
 */
export async function assertOwner(deps: TokenDeps, request: FastifyRequest): Promise<void> {
  // A token for one file has not all rights of the owner.
  if (!callerAt(await callerOfRequest(deps, request), null).owner) throw notForYou();
}
