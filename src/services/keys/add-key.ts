/** Adds a key to a tenant, or rotates its key. */
import { wireTime } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { exportPublicKey, nextKeyId } from '../../protocol/keys.ts';
import type { Identity, IdentityKey } from '../../store/identities/identity-document.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { type KeyView, keyViews } from './key-view.ts';
import { adoptKey, type MadeKey, makeKey } from './make-key.ts';
import { signingKey } from './sign.ts';

/** The key to add, and the tenant. */
export interface AddKeyInput {
  as?: string | undefined;
  /** Replace a key that still signs. Without it, a tenant that can sign is left unchanged. */
  rotate?: boolean | undefined;
  /** How long the earlier keys may still sign, in milliseconds. */
  expireOld?: number | undefined;
  /** A private key that was made elsewhere, PEM. */
  importPem?: string | undefined;
  /** The passphrase of `importPem`. */
  importPassphrase?: string | undefined;
  /** The ID under which an imported key was published before. */
  keyId?: string | undefined;
  /** Encrypts the key file. */
  passphrase?: string | undefined;
}

/** The added key, and the consequences for the others. */
export interface AddKeyResult {
  idTag: string;
  added: KeyView;
  /** Keys whose expiry was set by this. */
  expiring: KeyView[];
}

/**
 * Adds a key to a tenant. Both the key file and the identity that names it are written, or neither, whatever ends the process.
 * @throws CloudilloError `key.exists`, `usage.key-id`, `key.malformed`, `key.curve`, `key.passphrase`, `home.identity-missing`
 */
export async function addKey(
  deps: Pick<Deps, 'identities' | 'clock' | 'locks'>,
  input: AddKeyInput,
): Promise<AddKeyResult> {
  const { idTag } = await actingTenant(deps.identities, input.as);
  return withLock(deps, { kind: 'keys', tenant: idTag }, (deps) => addInTurn(deps, { ...input, as: idTag }));
}

async function addInTurn(
  { identities, clock }: Pick<Deps, 'identities' | 'clock'>,
  input: AddKeyInput,
): Promise<AddKeyResult> {
  const identity = await actingTenant(identities, input.as);
  const now = clock.wall();
  const signs = signingKey(identity, now);
  if (signs && !input.rotate) {
    throw new CloudilloError('key.exists', `${identity.idTag} signs with key ${signs.keyId} already`, {
      stage: 'key',
      hint: 'Add --rotate to let a new key take over; nothing was changed',
    });
  }
  const made: MadeKey =
    input.importPem === undefined
      ? makeKey(input.passphrase)
      : adoptKey(input.importPem, input.importPassphrase, input.passphrase);
  const key = newKey(identity, made, input, now, await identities.keyFileIds(identity.idTag));
  // The expiry is published in the profile, where the network writes whole seconds.
  const expiry = wireTime(new Date(now + (input.expireOld ?? 0)));
  const expired: string[] = [];
  const updated = await identities.addKey(identity.idTag, key.keyId, made.privateKeyPem, (draft) => {
    for (const old of draft.keys) {
      if (old.revokedAt !== undefined || (old.expiresAt !== undefined && old.expiresAt <= expiry)) continue;
      old.expiresAt = expiry;
      expired.push(old.keyId);
    }
    draft.keys.push(key);
    return draft;
  });
  const views = keyViews(updated, now);
  const added = views.find(({ keyId }) => keyId === key.keyId) as KeyView;
  return { idTag: identity.idTag, added, expiring: views.filter(({ keyId }) => expired.includes(keyId)) };
}

/** Makes or imports the key. @param files IDs of existing key files, which are never overwritten */
function newKey(
  identity: Identity,
  made: MadeKey,
  input: AddKeyInput,
  now: number,
  files: readonly string[],
): IdentityKey {
  const publicKey = exportPublicKey(made.publicKey, 'wire');
  const same = identity.keys.find((key) => key.publicKey === publicKey);
  if (same) {
    throw new CloudilloError('key.exists', `${identity.idTag} has this very key already, as ${same.keyId}`, {
      stage: 'key',
      hint: same.revokedAt ? 'It was revoked: make a new one with --rotate' : 'Nothing was changed',
    });
  }
  return {
    keyId:
      chosenId(identity, input.keyId) ??
      nextKeyId(new Date(now), [...identity.keys.map(({ keyId }) => keyId), ...files]),
    publicKey,
    createdAt: new Date(now).toISOString(),
    ...(input.passphrase !== undefined && { encrypted: true }),
  };
}

/** The ID becomes a file name and is written into every token. */
function chosenId(identity: Identity, keyId: string | undefined): string | undefined {
  if (keyId === undefined) return undefined;
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(keyId)) {
    throw new CloudilloError(
      'usage.key-id',
      `"${keyId}" can't be a key ID: letters, digits, - and _ only, at most 64`,
      { stage: 'input', hint: 'For example the date that it was made: --key-id 240101' },
    );
  }
  if (identity.keys.some((key) => key.keyId === keyId)) {
    throw new CloudilloError('key.exists', `${identity.idTag} has a key ${keyId} already`, {
      stage: 'key',
      hint: 'Choose another --key-id: a key is never overwritten',
    });
  }
  return keyId;
}
