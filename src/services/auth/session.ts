/** Renews access tokens, and ends sessions. */
import type { Deps } from '../runtime/deps.ts';
import { notForYou } from '../runtime/read-errors.ts';
import { ACCESS_TTL, issueAccessToken, type ReadToken } from './access-token.ts';
import { deleteApiKeyBySecret } from './api-keys.ts';
import { keyEnd } from './login.ts';
import { narrowedScope } from './scope.ts';

type SessionDeps = Pick<Deps, 'identities' | 'clock'>;

/**
 * Issues another token to the holder of one, with the same rights or, by `scope`, fewer. The owner's is valid for
 * another hour. A peer's keeps its expiry, because a peer proves itself anew with a PROXY token.
 * @throws CloudilloError `usage.scope`, `permission.denied` for a wider scope
 */
export async function reissueToken(
  deps: SessionDeps,
  tenant: string,
  held: ReadToken,
  { scope, ttl }: { scope?: string | undefined; ttl?: number | undefined } = {},
): Promise<string> {
  const { caller, session, expires } = held;
  const { idTag, owner } = caller;
  if (idTag === null) throw notForYou();
  const given = caller.scope && `file:${caller.scope.fileId}:${caller.scope.access}`;
  // A token for one file was issued for an hour and can't be extended.
  const notAfter = session && !given ? await keyEnd(deps, tenant, session) : expires;
  const narrowed = narrowedScope(given, scope);
  return issueAccessToken(deps, { tenant, subject: idTag, owner, scope: narrowed, ttl, notAfter, session });
}

/** A logout. */
export interface LogoutInput {
  tenant: string;
  held: ReadToken;
  /** An API key to delete, too ("stay signed in" of a browser). */
  apiKey?: string | undefined;
}

/**
 * Ends the owner's session. All its tokens are refused from then on.
 * @throws CloudilloError `permission.denied` for a peer's token and for a token with a file scope
 */
export async function logout(deps: SessionDeps, { tenant, held, apiKey }: LogoutInput): Promise<void> {
  const { caller, session, expires } = held;
  if (!session || caller.scope) throw notForYou();
  const now = deps.clock.wall();
  // Covers the latest tokens of the session, and this one, which may last longer.
  const until = new Date(Math.max(now + ACCESS_TTL * 1000, expires * 1000)).toISOString();
  await deps.identities.updateAccess(tenant, (access) => {
    const others = access.endedSessions.filter((ended) => ended.sid !== session.sid && Date.parse(ended.until) > now);
    access.endedSessions = [...others, { sid: session.sid, until }];
  });
  if (apiKey !== undefined) await deleteApiKeyBySecret(deps, { tenant, apiKey });
}
