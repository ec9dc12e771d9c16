/** Action tokens: taking them apart and signing them (specification: Action token). */
import { hash, type KeyObject, sign } from 'node:crypto';
import { decodeBase64url } from './base64url.ts';
import { type ActionClaims, assertClaims, withoutNulls } from './claims.ts';
import { actionId } from './content-id.ts';
import { CloudilloError } from './errors.ts';
import { beyondLimits, type JsonLimits } from './json-limits.ts';
import { isJsonObject } from './json-object.ts';
import { isP384 } from './keys.ts';
import { isWellFormedJson } from './well-formed.ts';

export { type ActionClaims, assertClaims } from './claims.ts';

/** The parts of a token, from {@link decodeToken}. Nothing in it is verified. */
export interface DecodedToken {
  /** The exact string. Its bytes are stored, served and hashed. */
  token: string;
  actionId: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** `<header>.<payload>`, the signed bytes. */
  signingInput: string;
  /** The hash of the signing input, from {@link signingInputHash}. */
  signingHash: string;
  signature: Buffer;
}

/** A token's size limit in bytes (specification: Inbox limits). */
export const MAX_TOKEN_BYTES = 512 * 1024;
/** The depth limit of the network's JSON parser. Deeper values would overflow the stack of whoever writes them as JSON. */
const MAX_DEPTH = 127;
/** The attachments are the only long list in a token, and fewer fit into it. Millions of empty values would block the parser. */
const STRUCTURE: JsonLimits = { depth: MAX_DEPTH, values: 20_000 };

/** `{"typ":"JWT","alg":"ES384"}` */
const HEADER = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzM4NCJ9';
/** The order in which the network's server writes claims. Unknown claims follow. */
const CLAIM_ORDER = ['iss', 'k', 't', 'c', 'p', 'a', 'aud', 'sub', 'iat', 'exp', 'f', 'v', '_'];

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Takes a compact JWS apart, strictly: three parts of unpadded base64url, with a JSON object in each of the first two. The
 * signature is not verified.
 * @throws CloudilloError `token.malformed`
 */
export function decodeToken(token: string): DecodedToken {
  if (token.length > MAX_TOKEN_BYTES) throw malformed(`it has ${token.length} bytes; ${MAX_TOKEN_BYTES} are allowed`);
  if (token.startsWith('{'))
    throw malformed('it is JSON; a row of "actions --json" has its token in the field "token"');
  const parts = token.split('.', 5);
  if (parts.length !== 3) {
    const count = parts.length > 4 ? 'more than four' : parts.length;
    throw malformed(`it has ${count} part${count === 1 ? '' : 's'} where a compact JWS has three`);
  }
  const [header, payload, signature] = parts as [string, string, string];
  const signingInput = token.slice(0, header.length + 1 + payload.length);
  return {
    token,
    actionId: actionId(token),
    // Nearly every header is this text. Each token gets an object of its own, because a caller may change it.
    header: header === HEADER ? { typ: 'JWT', alg: 'ES384' } : decodeObject(header, 'header'),
    claims: withoutNulls(decodeObject(payload, 'payload')),
    signingInput,
    signingHash: hash('sha256', signingInput, 'binary'),
    signature: decodePart(signature, 'signature'),
  };
}

/** As {@link decodeToken}; null where that throws. */
export function decodeTokenOrNull(token: string): DecodedToken | null {
  try {
    return decodeToken(token);
  } catch (error) {
    if (error instanceof CloudilloError) return null;
    throw error;
  }
}

/**
 * Signs claims as an action token, off the event loop.
 * @throws CloudilloError `token.claims`, `token.issuer`, `token.audience` for claims that no inbox accepts; `token.malformed`
 *   when the token is too big; `key.curve`
 */
export async function createToken(claims: ActionClaims, privateKey: KeyObject): Promise<string> {
  assertClaims(claims);
  if (depthExceeds(claims.c, MAX_DEPTH - 1)) throw malformed('its content is nested too deeply');
  if (!isWellFormedJson(claims))
    throw malformed('it would have half a character: an unpaired surrogate, such as \\ud83d');
  const payload = Buffer.from(encodeClaims(claims));
  if (beyondLimits(payload, STRUCTURE)) throw malformed(`its content has more than ${STRUCTURE.values} values`);
  const signingInput = `${HEADER}.${payload.toString('base64url')}`;
  if (signingInput.length + 1 + 128 > MAX_TOKEN_BYTES) {
    throw malformed(`it would have ${signingInput.length + 129} bytes; ${MAX_TOKEN_BYTES} are allowed`);
  }
  if (privateKey.type !== 'private' || !isP384(privateKey)) {
    throw new CloudilloError('key.curve', 'Only a P-384 private key can sign action tokens', { stage: 'key' });
  }
  const signature = await new Promise<Buffer>((resolve, reject) => {
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    sign('sha384', Buffer.from(signingInput), key, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
  return `${signingInput}.${signature.toString('base64url')}`;
}

/**
 * SHA-256 of the signed bytes. ES384 signatures are malleable: (r, s) and (r, n−s) both verify. Two tokens with one hash are
 * therefore one action.
 * @returns 32 characters of one byte each. The store keeps millions of them, and a string takes half the memory of a buffer
 */
export function signingInputHash(token: string): string {
  return hash('sha256', token.slice(0, token.lastIndexOf('.')), 'binary');
}

function encodeClaims(claims: ActionClaims): string {
  const ordered: [string, unknown][] = [];
  for (const name of CLAIM_ORDER) {
    if (claims[name] !== undefined) ordered.push([name, claims[name]]);
  }
  for (const [name, value] of Object.entries(claims)) {
    if (value !== undefined && !CLAIM_ORDER.includes(name)) ordered.push([name, value]);
  }
  return JSON.stringify(Object.fromEntries(ordered));
}

function decodePart(text: string, what: string): Buffer {
  try {
    return decodeBase64url(text);
  } catch (cause) {
    throw malformed(`its ${what} is not base64url: ${(cause as Error).message}`, cause);
  }
}

function decodeObject(part: string, what: string): Record<string, unknown> {
  const bytes = decodePart(part, what);
  const beyond = beyondLimits(bytes, STRUCTURE);
  if (beyond === 'depth') throw malformed(`its ${what} is nested deeper than ${MAX_DEPTH} levels`);
  if (beyond === 'values') throw malformed(`its ${what} has more than ${STRUCTURE.values} values`);
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(`its ${what} is not JSON in UTF-8`, cause);
  }
  if (!isJsonObject(value)) throw malformed(`its ${what} is JSON, but not an object`);
  // Only an escape can hold what UTF-8 can't.
  if (text.includes('\\u') && !isWellFormedJson(value))
    throw malformed(`its ${what} has half a character (\\ud800 or the like)`);
  return value;
}

function depthExceeds(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => depthExceeds(child, levels - 1));
}

function malformed(reason: string, cause?: unknown): CloudilloError {
  return new CloudilloError('token.malformed', `The token is malformed: ${reason}`, {
    stage: 'token',
    hint: 'An action token is three base64url parts joined by dots, with nothing around them.',
    cause,
  });
}
