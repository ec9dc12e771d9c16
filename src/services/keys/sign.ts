/** Signs as a tenant, with the keys of the home. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { exportPublicKey, importPrivateKey } from '../../protocol/keys.ts';
import { type ActionClaims, createToken } from '../../protocol/token.ts';
import type { Identity, IdentityKey } from '../../store/identities/identity-document.ts';
import type { Signer } from '../runtime/signer.ts';

/** The parts that the signer needs: the tenants, and the passphrase of their keys. */
export interface SignerDeps {
  identities: {
    read(idTag: string): Promise<Identity | null>;
    readPrivateKeyPem(idTag: string, keyId: string): Promise<string>;
  };
  clock: Clock;
  /** The passphrase of encrypted key files, requested each time one is loaded. */
  passphrase?: (() => Promise<string | undefined>) | undefined;
}

/**
 * The key that signs: the newest that is neither revoked nor expired (specification: Keys).
 * @param now unix milliseconds
 */
export function signingKey(identity: Identity, now: number): IdentityKey | null {
  const usable = identity.keys.filter(
    (key) => key.revokedAt === undefined && (key.expiresAt === undefined || Date.parse(key.expiresAt) > now),
  );
  // The list is in order of creation: of two keys with the same time the later one wins.
  return usable.reduce<IdentityKey | null>(
    (newest, key) => (newest && Date.parse(newest.createdAt) > Date.parse(key.createdAt) ? newest : key),
    null,
  );
}

/**
 * Makes a {@link Signer} for the key files of a home. Decrypted keys stay in memory; the key is chosen at each
 * signature.
 */
export function createSigner({ identities, clock, passphrase }: SignerDeps): Signer {
  const loaded = new Map<string, KeyObject>();

  async function privateKey(idTag: string, key: IdentityKey): Promise<KeyObject> {
    const slot = `${idTag} ${key.keyId} ${key.publicKey}`;
    const known = loaded.get(slot);
    if (known) return known;
    const pem = await identities.readPrivateKeyPem(idTag, key.keyId);
    const imported = openKey(pem, key.encrypted ? await passphrase?.() : undefined, `${idTag} key ${key.keyId}`);
    // A swapped key file would sign tokens that no peer can verify, so it is refused before anything is sent.
    if (exportPublicKey(createPublicKey(imported), 'wire') !== key.publicKey) {
      throw new CloudilloError('key.mismatch', `The key file of ${idTag} key ${key.keyId} isn't the published key`, {
        stage: 'key',
        hint: `Put the right file back, or make a new key: cloudillo keygen --as ${idTag} --rotate`,
      });
    }
    loaded.set(slot, imported);
    return imported;
  }

  return {
    async sign(idTag, claims) {
      const identity = await identities.read(idTag);
      if (!identity) {
        throw new CloudilloError('home.identity-missing', `${idTag} is not an identity of this home`, {
          stage: 'key',
          hint: `Create it with: cloudillo init ${idTag}`,
        });
      }
      const now = clock.wall();
      const key = signingKey(identity, now);
      if (!key) {
        throw new CloudilloError('key.none', `${idTag} has no key that may sign: all are expired or revoked`, {
          stage: 'key',
          hint: `Make one with: cloudillo keygen --as ${idTag} --rotate`,
        });
      }
      const secret = await privateKey(idTag, key);
      const iat = claims.iat ?? Math.floor(now / 1000);
      return createToken({ ...claims, iss: idTag, k: key.keyId, iat } as ActionClaims, secret);
    },
  };
}

function openKey(pem: string, passphrase: string | undefined, name: string): KeyObject {
  try {
    return importPrivateKey(pem, passphrase);
  } catch (cause) {
    if (!(cause instanceof CloudilloError)) throw cause;
    const where = 'Set CLOUDILLO_KEY_PASSPHRASE, or CLOUDILLO_KEY_PASSPHRASE_FILE; where a server runs, for the server';
    const hint = cause.code === 'key.passphrase' ? where : cause.hint;
    throw new CloudilloError(cause.code, `${name}: ${cause.message}`, {
      stage: 'key',
      ...(hint !== undefined && { hint }),
      cause: cause.cause,
    });
  }
}
