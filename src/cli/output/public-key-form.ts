import { exportPublicJwk, exportPublicKey, importPublicKey, type PublicKeyForm } from '../../protocol/keys.ts';

/** A public key in the wire form → in the form that was asked for; a JWK as an object. */
export function publicKeyIn(form: PublicKeyForm | undefined, wire: string): string | Record<string, unknown> {
  if (form === undefined || form === 'wire') return wire;
  const key = importPublicKey(wire);
  return form === 'pem' ? exportPublicKey(key, 'pem') : { ...exportPublicJwk(key) };
}

/** The same for a terminal. */
export function publicKeyLines(publicKey: string | Record<string, unknown>): string[] {
  return typeof publicKey === 'string' ? publicKey.trimEnd().split('\n') : [JSON.stringify(publicKey)];
}
