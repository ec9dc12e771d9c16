/** Sets, changes and removes the owner's password. */
import { randomBytes } from 'node:crypto';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Access, PasswordHash } from '../../store/identities/access-document.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Session } from './access-token.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { type Attempts, type PauseDeps, wrongSecret } from './wrong-secret.ts';

/** The network's minimum, in characters. */
const MIN_LENGTH = 8;
/** The maximum in characters: more than a person types, and cheap to hash. */
const MAX_LENGTH = 1024;

type PasswordDeps = Pick<Deps, 'identities' | 'clock'>;

/** The result of a change of the password. */
export interface PasswordChange {
  idTag: string;
  /** A password was set before. */
  replaced: boolean;
}

/**
 * Sets the password. Access to the home is the right to do so. All sessions end.
 * @throws CloudilloError `usage.password`, `home.identity-missing`, `usage.as`, `store.*`
 */
export async function setPassword(
  deps: PasswordDeps,
  { as, password }: { as?: string | undefined; password: string },
): Promise<PasswordChange> {
  const { idTag } = await actingTenant(deps.identities, as);
  assertPassword(password);
  const hash = await hashPassword(password, deps.clock.wall());
  const { password: before } = await deps.identities.access(idTag);
  await deps.identities.updateAccess(idTag, (access) => replacePassword(access, hash));
  return { idTag, replaced: before !== undefined };
}

/**
 * Removes the password: nobody can sign in with one, and all sessions end.
 * @throws CloudilloError as {@link setPassword}
 */
export async function clearPassword(
  { identities }: PasswordDeps,
  { as }: { as?: string | undefined },
): Promise<PasswordChange> {
  const { idTag } = await actingTenant(identities, as);
  const { password: before } = await identities.access(idTag);
  if (before) await identities.updateAccess(idTag, (access) => replacePassword(access, undefined));
  return { idTag, replaced: before !== undefined };
}

/** A change by a signed-in owner. */
export interface ChangePasswordInput {
  tenant: string;
  currentPassword: string;
  newPassword: string;
  /** The session that continues; all others end. */
  session: Session;
  attempts?: Attempts | null;
}

/**
 * Changes the password.
 * @throws CloudilloError `usage.password`; `permission.denied` after a second when the current password is wrong;
 * `rate.limited`, `rate.busy`, `store.*`
 */
export async function changePassword(deps: PasswordDeps & PauseDeps, input: ChangePasswordInput): Promise<void> {
  const { tenant, currentPassword, newPassword, session, attempts } = input;
  attempts?.assertAllowed();
  assertPassword(newPassword);
  if (newPassword === currentPassword) throw refused('The new password is the current one');
  const { password: kept } = await deps.identities.access(tenant);
  if (!(await verifyPassword(currentPassword, kept))) throw await wrongSecret(deps, attempts);
  const hash = await hashPassword(newPassword, deps.clock.wall());
  await deps.identities.updateAccess(tenant, (access) => {
    // It was changed while this one was being verified.
    if (access.password?.hash !== kept?.hash) throw refused('The password was changed in the meantime');
    return replacePassword(access, hash, session.sid);
  });
}

function replacePassword(access: Access, hash: PasswordHash | undefined, keptSession?: string): Access {
  const { password: _, keptSession: __, ...rest } = access;
  return {
    ...(hash && { password: hash }),
    ...rest,
    epoch: randomBytes(9).toString('base64url'),
    ...(keptSession !== undefined && { keptSession }),
  };
}

function assertPassword(password: string): void {
  const length = [...password].length;
  if (password.trim() === '') throw refused('The password is empty');
  if (length < MIN_LENGTH) throw refused(`The password has ${length} characters; ${MIN_LENGTH} at least are needed`);
  if (length > MAX_LENGTH) throw refused(`The password is longer than ${MAX_LENGTH} characters`);
}

function refused(message: string): CloudilloError {
  return new CloudilloError('usage.password', message, {
    stage: 'input',
    hint: 'Use a long and unique one, for example from a password manager',
  });
}
