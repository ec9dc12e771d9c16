/** Signs the owner in with the password. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { Deps } from '../runtime/deps.ts';
import { ACCESS_TTL, issueAccessToken, newSession, OWNER_ROLES, type ReadToken, type Session } from './access-token.ts';
import { verifyPassword } from './password-hash.ts';
import { type Attempts, type PauseDeps, wrongSecret } from './wrong-secret.ts';

/** The answer to a login, in the network's shape. */
export interface Login {
  /**
   * The number of the identity. The network numbers the identities of a server; here each has its own host and is the
   * first.
   */
  tnId: number;
  idTag: string;
  roles: readonly string[];
  token: string;
  name: string;
  /** The file ID of the picture; empty without one. */
  profilePic: string;
  settings: [];
}

type LoginDeps = Pick<Deps, 'identities' | 'clock'>;

/** A login. */
export interface LoginInput {
  /** The tenant whose host was asked. */
  own: Identity;
  idTag: string;
  password: string;
  attempts?: Attempts | null;
}

/**
 * Signs the owner in with the password.
 * @throws CloudilloError `permission.denied` after a second, alike for a wrong password, another identity and a tenant
 * without a password; `rate.limited`, `rate.busy`
 */
export async function login(deps: LoginDeps & PauseDeps, input: LoginInput): Promise<Login> {
  const { own, idTag, password, attempts } = input;
  attempts?.assertAllowed();
  const kept = idTag === own.idTag ? (await deps.identities.access(own.idTag)).password : undefined;
  if (!(await verifyPassword(password, kept))) throw await wrongSecret(deps, attempts);
  return openLogin(deps, own, { session: newSession() });
}

/**
 * Extends the owner's session by an hour.
 * @throws CloudilloError `permission.denied` for a peer's token and for a token with a file scope
 */
export async function renewLogin(deps: LoginDeps, own: Identity, { caller, session }: ReadToken): Promise<Login> {
  if (!caller.owner || !session || caller.scope) {
    throw new CloudilloError('permission.denied', 'This token is not a login', { stage: 'permission' });
  }
  return openLogin(deps, own, { session, notAfter: await keyEnd(deps, own.idTag, session) });
}

/** Issues a token for a session, with the answer around it. */
export async function openLogin(
  deps: LoginDeps,
  { idTag, name, profilePic = '' }: Identity,
  grant: { session: Session; scope?: string | undefined; ttl?: number | undefined; notAfter?: number | undefined },
): Promise<Login> {
  const token = await issueAccessToken(deps, { tenant: idTag, subject: idTag, owner: true, ttl: ACCESS_TTL, ...grant });
  return { tnId: 1, idTag, roles: OWNER_ROLES, token, name, profilePic, settings: [] };
}

/** The expiry of the session's API key, unix seconds; undefined when it has none. */
export async function keyEnd({ identities }: LoginDeps, tenant: string, session: Session): Promise<number | undefined> {
  if (session.keyId === undefined) return undefined;
  const { apiKeys } = await identities.access(tenant);
  const { expiresAt } = apiKeys.find(({ keyId }) => keyId === session.keyId) ?? {};
  return expiresAt === undefined ? undefined : Math.floor(Date.parse(expiresAt) / 1000);
}
