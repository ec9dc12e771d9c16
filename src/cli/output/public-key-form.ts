/** The forms in which commands print public keys. */
import { exportPublicJwk, exportPublicKey, importPublicKey, type PublicKeyForm } from '../../protocol/keys.ts';

/** Converts a public key from the wire form; a JWK becomes an object. */
export function publicKeyIn(form: PublicKeyForm | undefined, wire: string): string | Record<string, unknown> {
  if (form === undefined || form === 'wire') return wire;
  const key = importPublicKey(wire);
  return form === 'pem' ? exportPublicKey(key, 'pem') : { ...exportPublicJwk(key) };
}

/** The lines of a public key for a terminal. */
export function publicKeyLines(publicKey: string | Record<string, unknown>): string[] {
  return typeof publicKey === 'string' ? publicKey.trimEnd().split('\n') : [JSON.stringify(publicKey)];
}
