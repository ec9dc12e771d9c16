/** Keys that belong to no identity. */
import { resolve } from 'node:path';
import { exportPublicKey, fingerprint, type PublicKeyForm } from '../../protocol/keys.ts';
import { adoptKey, makeKey } from '../../services/keys/make-key.ts';
import type { KeySecrets } from '../input/key-secrets.ts';
import { writePrivateKey } from '../input/private-key-file.ts';
import { publicKeyIn } from '../output/public-key-form.ts';
import type { KeyFileOutput } from '../schemas/keygen.ts';

/** A key that belongs to no identity: the secret, and its public facts. */
export interface StandaloneKey {
  privateKeyPem: string;
  facts: Omit<KeyFileOutput, 'file'>;
}

/** Makes or imports a key. @throws CloudilloError `key.passphrase`, `key.malformed`, `key.curve` for an imported one */
export function standaloneKey({ importPem, passphrase }: KeySecrets, form: PublicKeyForm | undefined): StandaloneKey {
  const { publicKey, privateKeyPem } =
    importPem === undefined ? makeKey(passphrase) : adoptKey(importPem, passphrase, passphrase);
  const shown = publicKeyIn(form, exportPublicKey(publicKey, 'wire'));
  const facts = { fingerprint: fingerprint(publicKey), publicKey: shown, encrypted: passphrase !== undefined };
  return { privateKeyPem, facts };
}

/** Writes the secret to a new file. @throws CloudilloError `key.exists`, `store.full`, `store.io` */
export async function saveKey(
  path: string,
  privateKeyPem: string,
  facts: StandaloneKey['facts'],
): Promise<KeyFileOutput> {
  const file = resolve(path);
  await writePrivateKey(file, privateKeyPem);
  return { file, ...facts };
}
