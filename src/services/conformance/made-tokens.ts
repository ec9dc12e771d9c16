/** Tokens that no good sender makes: with claims of any shape, another header, or a signature that doesn't fit. */
import { type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Claims, PeerKey, Target } from './target.ts';

const HEADER = { typ: 'JWT', alg: 'ES384' };

/** A token over any claims, with a signature that fits. `createToken` refuses claims that no inbox accepts. */
export function signAnything(claims: Record<string, unknown>, key: KeyObject, header: object = HEADER): string {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign('sha384', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** The claims that every action has. */
export function baseClaims(idTag: string, { keyId }: Pick<PeerKey, 'keyId'>, now: number): Record<string, unknown> {
  return { iss: idTag, k: keyId, iat: Math.floor(now / 1000) };
}

/** The token with one character of its signature changed. Its first one is used whole, so that the bytes differ. */
export function withOtherSignature(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

/** The token with another header. Its signature doesn't fit any more. */
export function withHeader(token: string, header: object): string {
  return `${part(header)}${token.slice(token.indexOf('.'))}`;
}

/** A nonce, which tells equal actions apart (specification: Duplicates). */
export function nonce(): string {
  return randomBytes(9).toString('base64url');
}

/** The claims of a FLLW of the instance. Each one differs from all others. */
export function follow({ idTag }: Pick<Target, 'idTag'>, claims: Record<string, unknown> = {}): Claims {
  return { t: 'FLLW', aud: idTag, _: nonce(), ...claims };
}

/** The claims of a FLLW:DEL, which ends that. */
export function unfollow(target: Pick<Target, 'idTag'>): Claims {
  return { ...follow(target), t: 'FLLW:DEL' };
}

/** The claims of a PROXY token for the instance, as a good client makes it. */
export function proxy({ idTag, now }: Pick<Target, 'idTag' | 'now'>, claims: Record<string, unknown> = {}): Claims {
  const iat = Math.floor(now() / 1000);
  return { t: 'PROXY', aud: idTag, iat, exp: iat + 60, _: nonce(), ...claims };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
