/** P-384 keys: generation, and their forms as text. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { CloudilloError } from './errors.ts';
import { keyBlocks } from './key-text.ts';

/**
 * The forms of a public key. `wire`: padded base64 of the SPKI DER, as profiles carry it. `pem`: SPKI PEM. `jwk`: JSON (RFC
 * 7517).
 */
export type PublicKeyForm = 'wire' | 'pem' | 'jwk';

const CURVE = 'secp384r1';
/** The algorithm of an SPKI (RFC 5480): EC public key, curve by its name. It follows two bytes of tag and length. */
const NAMED_CURVE = Buffer.from('301006072a8648ce3d020106052b81040022', 'hex');
/** The length of an SPKI DER with the named curve and the whole point. */
const WHOLE_SPKI = 120;
const WIRE = /^[A-Za-z0-9+/]+={0,2}$/;
const KEY_FORMS_HINT = 'Give a P-384 public key as PEM (BEGIN PUBLIC KEY), JWK, or the base64 of a profile.';

/**
 * Generates a P-384 key pair. The pair is exported and imported once: a generated key shares a lock with the job that made it,
 * and Node 20 waits for that lock forever when the job is garbage-collected while a key's details or its JWK are read.
 */
export function generateKeyPair(): { privateKey: KeyObject; publicKey: KeyObject } {
  const spki = { type: 'spki', format: 'der' } as const;
  const pkcs8 = { type: 'pkcs8', format: 'der' } as const;
  const pair = generateKeyPairSync('ec', { namedCurve: CURVE, publicKeyEncoding: spki, privateKeyEncoding: pkcs8 });
  return {
    privateKey: createPrivateKey({ key: pair.privateKey, ...pkcs8 }),
    publicKey: createPublicKey({ key: pair.publicKey, ...spki }),
  };
}

/**
 * Reads a public key in any of its three forms, recognised by their syntax.
 * @throws CloudilloError `key.malformed`, `key.curve` (not P-384, or P-384 by explicit parameters), `key.private` (a private key: its public half is never taken
 *   silently)
 */
export function importPublicKey(input: string | Uint8Array): KeyObject {
  const text = textOf(input).trim();
  if (text.startsWith('{')) return fromJwk(text);
  if (text.includes('-----BEGIN')) return fromPem(text);
  if (!WIRE.test(text) || text.length % 4 !== 0) {
    throw malformed('The text is neither PEM, nor JWK, nor the base64 form of a public key', KEY_FORMS_HINT);
  }
  const der = Buffer.from(text, 'base64');
  return onNamedCurve(readPublic(() => createPublicKey({ key: der, format: 'der', type: 'spki' }), 'base64'));
}

/**
 * Writes a public key as text.
 * @throws CloudilloError `key.curve`
 */
export function exportPublicKey(key: KeyObject, form: 'wire' | 'pem'): string {
  const publicKey = publicHalf(key);
  return form === 'pem'
    ? publicKey.export({ format: 'pem', type: 'spki' }).toString()
    : publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
}

/** Writes a public key as a JWK: `kty`, `crv`, `x`, `y`. Of a private key only the public half is written. */
export function exportPublicJwk(key: KeyObject): JsonWebKey {
  return publicHalf(key).export({ format: 'jwk' });
}

/**
 * Reads a private key: PKCS#8 or SEC1 PEM, encrypted or not, with whatever `openssl` writes around it. Explicit curve parameters are
 * replaced by the curve's name, and a compressed point by the whole one: a peer may read no other form.
 * @throws CloudilloError `key.passphrase` (missing or wrong), `key.malformed`, `key.curve`
 */
export function importPrivateKey(pem: string | Uint8Array, passphrase?: string): KeyObject {
  const text = privateBlock(textOf(pem));
  const encrypted = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text);
  if (encrypted && passphrase === undefined)
    throw passphraseError('The private key is encrypted and no passphrase was given');
  try {
    return inOneForm(onP384(createPrivateKey({ key: text, format: 'pem', ...(encrypted && { passphrase }) })));
  } catch (cause) {
    if (cause instanceof CloudilloError) throw cause;
    // OpenSSL can't tell a wrong passphrase from damage: it sees only the padding of the decrypted bytes.
    if (encrypted) throw passphraseError('The passphrase does not open the private key', cause);
    throw malformed('The private key is damaged', 'Restore it from a backup or make a new one with keygen.', cause);
  }
}

/** The block of the only private key in a text. */
function privateBlock(text: string): string {
  const blocks = keyBlocks(text).filter(({ label }) => /^(?:EC |ENCRYPTED )?PRIVATE KEY$/.test(label));
  const [block, another] = blocks;
  if (another) throw malformed('The text holds several private keys', 'Give a file with one of them.');
  if (block) return block.pem;
  throw malformed(
    'The text is not a private key in PEM (BEGIN PRIVATE KEY)',
    'Give an EC key as openssl writes it: PKCS#8 or SEC1, as PEM.',
  );
}

/** Writes a private key as PKCS#8 PEM. With a passphrase it is encrypted with AES-256-CBC under PBKDF2. */
export function exportPrivateKey(key: KeyObject, passphrase?: string): string {
  onP384(key);
  if (passphrase === '') throw passphraseError('An empty passphrase protects nothing');
  return key
    .export({ format: 'pem', type: 'pkcs8', ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }) })
    .toString();
}

/** The fingerprint of a key: `SHA256:` and the unpadded base64 of the hash of the SPKI DER, as `ssh-keygen -l` writes it. */
export function fingerprint(key: KeyObject): string {
  const der = publicHalf(key).export({ format: 'der', type: 'spki' });
  return `SHA256:${hash('sha256', der, 'base64').replace(/=+$/, '')}`;
}

/** Whether this is a P-384 key. Every other key is refused wherever a key enters. */
export function isP384(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVE;
}

/**
 * The ID of a key made now: the UTC date as `YYMMDD`; when it is taken `YYMMDDb`, `YYMMDDc` … `YYMMDDz`, `YYMMDDzb` …. The IDs of
 * one day sort in the order in which they were made.
 */
export function nextKeyId(now: Date, taken: Iterable<string>): string {
  const date = now.toISOString().slice(2, 10).replaceAll('-', '');
  const used = new Set(taken);
  let prefix = date;
  if (!used.has(prefix)) return prefix;
  for (;;) {
    for (const letter of 'bcdefghijklmnopqrstuvwxyz') {
      if (!used.has(prefix + letter)) return prefix + letter;
    }
    prefix += 'z';
  }
}

function fromJwk(text: string): KeyObject {
  let jwk: JsonWebKey;
  try {
    jwk = JSON.parse(text) as JsonWebKey;
  } catch (cause) {
    throw malformed('The key looks like a JWK but is not valid JSON', KEY_FORMS_HINT, cause);
  }
  if (jwk.d !== undefined) throw privateGiven();
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-384') throw wrongCurve(`${jwk.kty ?? 'no kty'}, ${jwk.crv ?? 'no crv'}`);
  return onP384(readPublic(() => createPublicKey({ key: jwk, format: 'jwk' }), 'JWK'));
}

function fromPem(text: string): KeyObject {
  const [block, another] = keyBlocks(text);
  if (another) throw malformed('The text holds several keys', KEY_FORMS_HINT);
  const label = block?.label ?? /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1] ?? '';
  if (label.endsWith('PRIVATE KEY')) throw privateGiven();
  if (block === undefined || label !== 'PUBLIC KEY')
    throw malformed(`The PEM holds "${label}", not "PUBLIC KEY"`, KEY_FORMS_HINT);
  return onNamedCurve(readPublic(() => createPublicKey({ key: block.pem, format: 'pem' }), 'PEM'));
}

function readPublic(read: () => KeyObject, form: string): KeyObject {
  try {
    return read();
  } catch (cause) {
    throw malformed(`The ${form} does not hold a public key (a point on P-384)`, KEY_FORMS_HINT, cause);
  }
}

function publicHalf(key: KeyObject): KeyObject {
  onP384(key);
  return inOneForm(key.type === 'private' ? createPublicKey(key) : key);
}

/** The same key with the curve by its name and the whole point. A JWK has no other form. */
function inOneForm(key: KeyObject): KeyObject {
  const { length } = spkiOf(key);
  if (length === WHOLE_SPKI) return key;
  const jwk = key.export({ format: 'jwk' });
  const again = { key: jwk, format: 'jwk' } as const;
  return key.type === 'private' ? createPrivateKey(again) : createPublicKey(again);
}

/** Explicit parameters describe a curve anew, and may describe another one: what others publish has to name it (RFC 5480, 2.1.1). */
function onNamedCurve(key: KeyObject): KeyObject {
  onP384(key);
  if (
    spkiOf(key)
      .subarray(2, 2 + NAMED_CURVE.length)
      .equals(NAMED_CURVE)
  )
    return key;
  throw wrongCurve('explicit curve parameters');
}

function spkiOf(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' });
}

function onP384(key: KeyObject): KeyObject {
  if (!isP384(key)) {
    throw wrongCurve(key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'a secret key');
  }
  return key;
}

function textOf(input: string | Uint8Array): string {
  return typeof input === 'string' ? input : new TextDecoder().decode(input);
}

function wrongCurve(found: string): CloudilloError {
  return new CloudilloError('key.curve', `The key is of another kind (${found}); only P-384 (secp384r1) is accepted`, {
    stage: 'key',
    details: { found },
  });
}

function privateGiven(): CloudilloError {
  return new CloudilloError('key.private', 'This is a private key where a public key is expected', {
    stage: 'key',
    hint: 'Give the public half, and keep the private one where nobody else reads it.',
  });
}

function passphraseError(message: string, cause?: unknown): CloudilloError {
  return new CloudilloError('key.passphrase', message, { stage: 'key', cause });
}

function malformed(message: string, hint: string, cause?: unknown): CloudilloError {
  return new CloudilloError('key.malformed', message, { stage: 'key', hint, cause });
}
