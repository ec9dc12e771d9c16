/** Makes or imports a key pair. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { exportPrivateKey, generateKeyPair, importPrivateKey } from '../../protocol/keys.ts';

/** A key pair that belongs to no home yet. */
export interface MadeKey {
  publicKey: KeyObject;
  /** PKCS#8, encrypted when a passphrase was given. Secret in both cases. */
  privateKeyPem: string;
}

/** Makes a P-384 key pair. */
export function makeKey(passphrase?: string): MadeKey {
  const { privateKey, publicKey } = generateKeyPair();
  return { publicKey, privateKeyPem: exportPrivateKey(privateKey, passphrase) };
}

/**
 * Imports a private key.
 * @param opens the passphrase that it is encrypted with now
 * @param passphrase the passphrase to store it with
 * @throws CloudilloError `key.passphrase`, `key.malformed`, `key.curve`
 */
export function adoptKey(pem: string, opens: string | undefined, passphrase: string | undefined): MadeKey {
  const privateKey = importPrivateKey(pem, opens);
  return { publicKey: createPublicKey(privateKey), privateKeyPem: exportPrivateKey(privateKey, passphrase) };
}
