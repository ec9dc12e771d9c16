/** Tokens that no good sender makes: with claims of any shape, another header, or a signature that doesn't fit. */
import { type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Claims, PeerKey, Target } from './target.ts';

const HEADER = { typ: 'JWT', alg: 'ES384' };

/** A token over any claims, with a signature that fits. `createToken` refuses claims that no inbox accepts. */
export function signAnything(claims: Record<string, unknown>, key: KeyObject, header: object = HEADER): string {
  return signText(`${part(header)}.${part(claims)}`, key);
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

/** The order of P-384 (FIPS 186-4, D.1.2.4). */
const ORDER = 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;
const NUMBER_BYTES = 48;

/** The token with n − s in place of s, which verifies, too (specification: Duplicates). */
export function withOtherS(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  const signature = Buffer.from(token.slice(at), 'base64url');
  const s = BigInt(`0x${signature.subarray(NUMBER_BYTES).toString('hex')}`);
  const other = (ORDER - s).toString(16).padStart(2 * NUMBER_BYTES, '0');
  const changed = Buffer.concat([signature.subarray(0, NUMBER_BYTES), Buffer.from(other, 'hex')]);
  return token.slice(0, at) + changed.toString('base64url');
}

/**
 * A token with unused bits in the last letter of its claims that aren't zero. The signature fits the text as it is.
 */
export function signWithTrailingBits(claims: Record<string, unknown>, key: KeyObject): string {
  // Two letters more than a multiple of four: the last one has four unused bits.
  let filled = claims;
  while (part(filled).length % 4 !== 2) filled = { ...filled, later: `${filled['later'] ?? ''}x` };
  const text = part(filled);
  const last = LETTERS[LETTERS.indexOf(text.at(-1) as string) + 1];
  return signText(`${part(HEADER)}.${text.slice(0, -1)}${last}`, key);
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function signText(input: string, key: KeyObject): string {
  const signature = sign('sha384', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** The token with another header. Its signature doesn't fit any more. */
export function withHeader(token: string, header: object): string {
  return `${part(header)}${token.slice(token.indexOf('.'))}`;
}

/** The present time, unix seconds. */
export function seconds({ now }: Pick<Target, 'now'>): number {
  return Math.floor(now() / 1000);
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
export function proxy(target: Pick<Target, 'idTag' | 'now'>, claims: Record<string, unknown> = {}): Claims {
  const iat = seconds(target);
  return { t: 'PROXY', aud: target.idTag, iat, exp: iat + 60, _: nonce(), ...claims };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
