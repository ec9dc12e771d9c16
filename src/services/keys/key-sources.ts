/** Where the key of a verification may come from. */
import type { KeyObject } from 'node:crypto';
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { findKey } from '../../protocol/find-key.ts';
import { fingerprint, importPublicKey } from '../../protocol/keys.ts';
import { type Profile, parseProfile } from '../../protocol/profile.ts';
import type { VerificationKey } from '../../protocol/verify.ts';
import { createMemo } from '../runtime/memo.ts';

/** The source of a key: the user's file, a tenant, the key cache, or the issuer's published profile. */
export type KeyOrigin = 'file' | 'home' | 'cache' | 'profile';

/** A key that can verify, and its source. */
export interface FoundKey {
  key: VerificationKey;
  source: KeyOrigin;
  /** The path or URL that it was read from. */
  location: string;
  fingerprint: string;
}

/**
 * No key was found. A `token.*` code is proven: the profile exists and has no such key. Any other code means that the
 * answer is unknown, and its area says which step failed.
 */
export interface NoKey {
  key: null;
  code: ErrorCode;
  reason: string;
  hint?: string | undefined;
  /** The issuer's own list of keys was read. */
  definite?: true;
}

/** A key, or why there is none. */
export type KeyAnswer = FoundKey | NoKey;

/** Finds the key `keyId` of an issuer. It answers for any name in a token and never throws. */
export type KeySource = (issuer: string, keyId: string) => Promise<KeyAnswer>;

/** Makes the answer with a key. The fingerprint is computed once per key, not once per token. */
export function foundKey(key: VerificationKey, source: KeyOrigin, location: string): FoundKey {
  return { key, source, location, fingerprint: fingerprint(key.publicKey) };
}

/** Turns an error on the way to a key into an answer. */
export function noKeyBecause(error: unknown): NoKey {
  if (!(error instanceof CloudilloError)) throw error;
  // A published key that is not P-384 can never verify anything, which is proven. Such a file is an error of the
  // user's.
  const code = error.code === 'key.curve' || error.code === 'key.malformed' ? 'token.key-curve' : error.code;
  return { key: null, code, reason: error.message, hint: error.hint };
}

/**
 * Keys from a file's content: PEM, JWK, wire form, a saved `/api/me` answer or a bare profile.
 *
 * A bare key verifies for any issuer and key ID; a profile only for its own.
 * @param name the file's name in messages
 * @throws CloudilloError `key.*` when it is none of these, `peer.profile` when it is JSON but neither JWK nor profile
 */
export function keysFromFile(content: string, name: string): KeySource {
  const json = parseJsonObject(content);
  if (json === null || 'kty' in json) return bareKey(importFileKey(content, name), name);
  const profile = parseSavedProfile(json, name);
  return async (issuer, keyId) => {
    if (profile.idTag !== issuer) {
      const reason = `${name} is the profile of ${profile.idTag}, the token was issued by ${issuer}`;
      return { key: null, code: 'token.key-unknown', reason };
    }
    return keyOfProfile(profile, keyId, 'file', name);
  };
}

/** Looks up the key `keyId` in a profile. */
export function keyOfProfile(profile: Profile, keyId: string, source: KeyOrigin, location: string): KeyAnswer {
  try {
    const key = findKey(profile, keyId);
    if (key) return foundKey(key, source, location);
  } catch (error) {
    return noKeyBecause(error);
  }
  const others = profile.keys.map((known) => known.keyId).join(', ') || 'none';
  const reason = `${profile.idTag} has no key ${keyId}; it has: ${others}`;
  return { key: null, code: 'token.key-unknown', reason, definite: true };
}

/**
 * Asks the sources in order; the first that has the key wins. Otherwise the last definite "no" is the answer, or the
 * last one.
 */
export function firstOf(...sources: KeySource[]): KeySource {
  return async (issuer, keyId) => {
    let no: NoKey = { key: null, code: 'token.key-unknown', reason: 'no source of keys was given' };
    for (const source of sources) {
      const answer = await source(issuer, keyId);
      if (answer.key) return answer;
      if (answer.definite || !no.definite) no = answer;
    }
    return no;
  };
}

/** The most answers that are kept. */
const REMEMBERED = 4096;

/** Asks for each (`issuer`, `keyId`) once; concurrent requests share the answer. */
export function remembered(source: KeySource): KeySource {
  const once = createMemo<KeyAnswer>(REMEMBERED);
  return (issuer, keyId) => once(`${issuer} ${keyId}`, () => source(issuer, keyId));
}

function bareKey(publicKey: KeyObject, name: string): KeySource {
  const print = fingerprint(publicKey);
  return async (_issuer, keyId) => ({
    key: { keyId, publicKey },
    source: 'file',
    location: name,
    fingerprint: print,
  });
}

function importFileKey(content: string, name: string): KeyObject {
  try {
    return importPublicKey(content);
  } catch (cause) {
    if (!(cause instanceof CloudilloError)) throw cause;
    throw new CloudilloError(cause.code, `${name}: ${cause.message}`, {
      stage: 'key',
      hint: cause.hint ?? 'Give a P-384 public key (PEM, JWK or wire form) or a saved /api/me answer.',
      cause,
    });
  }
}

function parseSavedProfile(json: Record<string, unknown>, name: string): Profile {
  try {
    return parseProfile(json);
  } catch (cause) {
    if (!(cause instanceof CloudilloError)) throw cause;
    throw new CloudilloError('key.malformed', `${name} holds JSON, but neither a JWK nor a profile: ${cause.message}`, {
      stage: 'key',
      hint: 'Save a profile with: cloudillo fetch-profile IDTAG --out FILE',
      cause,
    });
  }
}

function parseJsonObject(content: string): Record<string, unknown> | null {
  if (!content.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(content) as Record<string, unknown>;
  } catch {
    return null; // The text is not JSON. The key import reports the fault.
  }
}
