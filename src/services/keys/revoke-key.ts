/** Revokes a key of a tenant. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { type KeyView, keyViews } from './key-view.ts';
import { signingKey } from './sign.ts';

/** The key to revoke. */
export interface RevokeKeyInput {
  as?: string | undefined;
  keyId: string;
  /** Revoke it even when no other key can sign. */
  force?: boolean | undefined;
}

/** The revoked key, and the consequences. */
export interface RevokeKeyResult {
  idTag: string;
  revoked: KeyView;
  /** It was revoked before; nothing was changed. */
  already: boolean;
  /** The key that signs now; null when there is none. */
  signing: KeyView | null;
  /** Stored actions of the tenant that this key signed. Peers that fetch the profile anew refuse them. */
  signedActions: number;
}

/**
 * Removes a key from the published profile at once. Unlike expiry this affects old signatures, too: nothing that the
 * key signed verifies any more for those who fetch it anew.
 * @throws CloudilloError `key.missing`, `key.last` (no other key could sign), `home.identity-missing`
 */
export async function revokeKey(
  deps: Pick<Deps, 'identities' | 'store' | 'clock' | 'locks'>,
  input: RevokeKeyInput,
): Promise<RevokeKeyResult> {
  const { idTag } = await actingTenant(deps.identities, input.as);
  return withLock(deps, { kind: 'keys', tenant: idTag }, (deps) => revokeInTurn(deps, { ...input, as: idTag }));
}

async function revokeInTurn(
  { identities, store, clock }: Pick<Deps, 'identities' | 'store' | 'clock'>,
  { as, keyId, force }: RevokeKeyInput,
): Promise<RevokeKeyResult> {
  const identity = await actingTenant(identities, as);
  const now = clock.wall();
  const key = identity.keys.find((each) => each.keyId === keyId);
  if (!key) {
    throw new CloudilloError('key.missing', `${identity.idTag} has no key ${keyId}`, {
      stage: 'key',
      hint: `It has ${identity.keys.map((each) => each.keyId).join(', ') || 'none'}`,
    });
  }
  const already = key.revokedAt !== undefined;
  if (!already && !force) assertAnotherSigns(identity, keyId, now);
  const updated = already
    ? identity
    : await identities.update(identity.idTag, (draft) => {
        for (const each of draft.keys) if (each.keyId === keyId) each.revokedAt = new Date(now).toISOString();
        return draft;
      });
  const views = keyViews(updated, now);
  return {
    idTag: identity.idTag,
    revoked: views.find((each) => each.keyId === keyId) as KeyView,
    already,
    signing: views.find(({ state }) => state === 'signing') ?? null,
    signedActions: await countSigned(store, identity.idTag, keyId),
  };
}

function assertAnotherSigns(identity: Identity, keyId: string, now: number): void {
  const others = { ...identity, keys: identity.keys.filter((each) => each.keyId !== keyId) };
  if (signingKey(others, now)) return;
  throw new CloudilloError('key.last', `${keyId} is the only key that ${identity.idTag} can sign with`, {
    stage: 'key',
    hint: `Make another one first: cloudillo keygen --as ${identity.idTag} --rotate; or add --force`,
  });
}

const PAGE = 500;

async function countSigned(store: Deps['store'], idTag: string, keyId: string): Promise<number> {
  let signed = 0;
  let after: { createdAt: number; actionId: string } | undefined;
  do {
    const { actions, next } = await store.list(idTag, { issuer: idTag, limit: PAGE, after });
    for (const action of actions) if (action.claims.k === keyId) signed += 1;
    after = next ?? undefined;
  } while (after);
  return signed;
}
