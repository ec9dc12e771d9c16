/**
 * `cloudillo/protocol`: the wire protocol for other programs. Tokens, keys, IDs and profiles, computed without files, network or
 * clock. Keys are text, so that no type of Node's stands in an interface.
 */

import type { ActionClaims } from '../protocol/claims.ts';
import { findKey } from '../protocol/find-key.ts';
import {
  exportPrivateKey,
  exportPublicKey,
  fingerprint,
  generateKeyPair,
  importPrivateKey,
  importPublicKey,
} from '../protocol/keys.ts';
import type { ProfileKey } from '../protocol/profile.ts';
import { createToken, decodeToken as decode } from '../protocol/token.ts';
import { verifyToken as verify } from '../protocol/verify.ts';
import { type DecodedToken, toldOf, type Verification } from './verification.ts';

export type { Check, CheckId } from '../protocol/check.ts';
export { CHECK_IDS } from '../protocol/check.ts';
export type { ActionClaims } from '../protocol/claims.ts';
export type { ContentPrefix } from '../protocol/content-id.ts';
export { actionId, blobId, fileId, isContentId } from '../protocol/content-id.ts';
export type { ErrorCode } from '../protocol/error-table.ts';
export { CloudilloError } from '../protocol/errors.ts';
export { apiHost, isCanonicalIdTag, parseIdTag } from '../protocol/id-tag.ts';
export type { Profile, ProfileKey } from '../protocol/profile.ts';
export { parseProfile } from '../protocol/profile.ts';
export type { DecodedToken, Verification } from './verification.ts';

/** The values that a token is verified against. */
export interface VerifyOptions {
  /** The issuer's key that the token names, as its profile publishes it; null when there is none. */
  key: ProfileKey | null;
  /** Unix seconds. */
  now: number;
  /** Seconds that `exp` may be past; default 60. */
  leeway?: number;
  /** The idTag at whose inbox the token arrived. */
  recipient?: string;
}

/** A new key pair. */
export interface NewKey {
  /** PKCS#8 in PEM. */
  privateKey: string;
  /** As profiles publish it: base64 of the SPKI DER. */
  publicKey: string;
}

/**
 * Takes an action token apart.
 * @throws CloudilloError `token.malformed`
 */
export function decodeToken(token: string): DecodedToken {
  return toldOf(decode(token));
}

/**
 * Makes every check of a token that needs no store.
 * @throws CloudilloError `key.malformed`, `key.curve` when the key is unusable
 */
export async function verifyToken(
  token: string,
  { key, now, leeway, recipient }: VerifyOptions,
): Promise<Verification> {
  const usable = key === null ? null : findKey({ keys: [key] }, key.keyId);
  const { valid, decoded, checks } = await verify(token, { key: usable, now, leeway, recipient });
  return { valid, token: decoded && toldOf(decoded), checks };
}

/**
 * Signs claims as an action token.
 * @param privateKey in PEM
 * @param passphrase of an encrypted key
 * @throws CloudilloError `token.claims`, `token.issuer`, `token.audience` for claims that no inbox accepts; `token.malformed` when
 *   the token is too big; `key.malformed`, `key.passphrase`, `key.curve`
 */
export async function signToken(claims: ActionClaims, privateKey: string, passphrase?: string): Promise<string> {
  return createToken(claims, importPrivateKey(privateKey, passphrase));
}

/** Makes a P-384 key pair. @param passphrase encrypts the private key */
export function generateKey(passphrase?: string): NewKey {
  const { privateKey, publicKey } = generateKeyPair();
  return { privateKey: exportPrivateKey(privateKey, passphrase), publicKey: exportPublicKey(publicKey, 'wire') };
}

/**
 * The fingerprint of a public key: `SHA256:…`, as `ssh-keygen -l` writes it.
 * @param publicKey PEM, JWK, or the base64 of a profile
 * @throws CloudilloError `key.malformed`, `key.curve`, `key.private`
 */
export function keyFingerprint(publicKey: string): string {
  return fingerprint(importPublicKey(publicKey));
}
