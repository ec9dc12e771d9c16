/** Who may listen on the WebSocket: the sign-in with an access token. */
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { readAccessToken } from '../../services/auth/access-token.ts';
import { type Caller, callerAt, GUEST } from '../../services/readers/caller.ts';
import type { ServerDeps } from '../context/deps.ts';
import type { CloseReason } from './close-codes.ts';
import type { SignedIn } from './hub.ts';

/** The path of the WebSocket. */
export const BUS_PATH = '/ws/bus';

/** A caller that may listen, until its token ends or `recheck` says that the token is no longer good. */
type SignInResult = Pick<SignedIn, 'caller' | 'expiresAt' | 'recheck'>;

/**
 * Decides whether a caller may listen to a tenant's actions, before the handshake (specification: WebSocket bus).
 * @param token the access token or API key that the caller gave; undefined when it gave none
 * @returns the caller and when its token ends, or why the socket is closed after the handshake
 */
export async function signIn(
  deps: ServerDeps,
  tenant: string,
  token: string | undefined,
): Promise<SignInResult | CloseReason> {
  if (token === undefined) return 'unauthorized';
  try {
    const held = await readAccessToken(deps, tenant, token);
    // A token for one file gives no right to read actions.
    const caller = callerAt(held.caller, null);
    if (isForbidden(deps, tenant, caller)) return 'forbidden';
    const recheck = () => readAccessToken(deps, tenant, token).then(() => true, refusedOrThrow);
    return { caller, expiresAt: held.expires * 1000, recheck };
  } catch (error) {
    if (isRefusal(error)) return 'unauthorized';
    deps.log('error', 'request failed', { path: BUS_PATH, err: error });
    return 'internal';
  }
}

function isForbidden({ store }: ServerDeps, tenant: string, { idTag, owner }: Caller): boolean {
  if (idTag === GUEST.idTag) return true;
  return !owner && idTag !== null && store.treatment(tenant, idTag).blocked;
}

function isRefusal(error: unknown): boolean {
  return error instanceof CloudilloError && isCodeOf(error.code, 'auth');
}

function refusedOrThrow(error: unknown): false {
  if (isRefusal(error)) return false;
  throw error;
}
