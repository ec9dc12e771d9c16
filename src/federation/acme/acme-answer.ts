/** Answers of a certificate authority (RFC 8555), checked for the fields that are used. */
import { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import type { PeerResponse } from '../http/peer-response.ts';
import { excerpt } from '../http/text-excerpt.ts';

/** What a directory names (section 7.1.1). */
export interface Directory {
  newNonce: string;
  newAccount: string;
  newOrder: string;
  /** Where to ask when to renew (RFC 9773); null: the authority doesn't say. */
  renewalInfo: string | null;
  termsOfService: string | null;
  externalAccountRequired: boolean;
}

/** An order (section 7.1.3). */
export interface Order {
  status: string;
  authorizations: string[];
  finalize: string;
  certificate: string | null;
  error: Problem | null;
}

/** What proves that a name is ours (section 7.1.4). */
export interface Authorization {
  status: string;
  name: string;
  challenges: Challenge[];
}

/** One way to prove it. */
export interface Challenge {
  type: string;
  url: string;
  token: string;
  error: Problem | null;
}

/** Why the authority refused (RFC 7807). */
export interface Problem {
  /** The last part of its URN, such as `rateLimited`. */
  type: string;
  /** A text of the authority's, on one line. */
  detail: string;
}

const ERROR_URN = 'urn:ietf:params:acme:error:';

/** @throws CloudilloError `acme.invalid` */
export function parseDirectory(response: PeerResponse): Directory {
  const json = objectOf(response);
  const meta = isJsonObject(json['meta']) ? json['meta'] : {};
  return {
    newNonce: urlIn(json, 'newNonce', response),
    newAccount: urlIn(json, 'newAccount', response),
    newOrder: urlIn(json, 'newOrder', response),
    renewalInfo: json['renewalInfo'] === undefined ? null : urlIn(json, 'renewalInfo', response),
    termsOfService: typeof meta['termsOfService'] === 'string' ? excerpt(meta['termsOfService']) : null,
    externalAccountRequired: meta['externalAccountRequired'] === true,
  };
}

/** @throws CloudilloError `acme.invalid` */
export function parseOrder(response: PeerResponse): Order {
  const json = objectOf(response);
  const { authorizations, certificate } = json;
  if (!Array.isArray(authorizations) || !authorizations.every((each) => typeof each === 'string')) {
    throw invalid(response, 'its "authorizations" are no list of URLs');
  }
  return {
    status: textIn(json, 'status', response),
    authorizations,
    finalize: urlIn(json, 'finalize', response),
    certificate: typeof certificate === 'string' ? certificate : null,
    error: problemIn(json['error']),
  };
}

/** @throws CloudilloError `acme.invalid` */
export function parseAuthorization(response: PeerResponse): Authorization {
  const json = objectOf(response);
  const identifier = isJsonObject(json['identifier']) ? json['identifier'] : {};
  const challenges = Array.isArray(json['challenges']) ? json['challenges'].filter(isJsonObject) : [];
  return {
    status: textIn(json, 'status', response),
    name: textIn(identifier, 'value', response),
    challenges: challenges.flatMap(({ type, url, token, error }): Challenge[] =>
      // A challenge of another kind has other fields. It isn't used.
      typeof type === 'string' && typeof url === 'string' && typeof token === 'string' && /^[\w-]+$/.test(token)
        ? [{ type, url, token, error: problemIn(error) }]
        : [],
    ),
  };
}

/** The time in which to renew (RFC 9773, section 4.2), unix milliseconds. @throws CloudilloError `acme.invalid` */
export function parseRenewalInfo(response: PeerResponse): { start: number; end: number } {
  const { suggestedWindow } = objectOf(response);
  const [start, end] = isJsonObject(suggestedWindow)
    ? [suggestedWindow['start'], suggestedWindow['end']].map((text) => Date.parse(String(text)))
    : [];
  if (start === undefined || end === undefined || !(start < end)) {
    throw invalid(response, 'its "suggestedWindow" has no start before its end');
  }
  return { start, end };
}

/** The problem in a refusal's body; null when it has none. */
export function problemIn(json: unknown): Problem | null {
  if (!isJsonObject(json) || typeof json['type'] !== 'string') return null;
  const parts = Array.isArray(json['subproblems']) ? json['subproblems'].filter(isJsonObject) : [];
  const details = [json, ...parts].map(({ detail }) => (typeof detail === 'string' ? detail : ''));
  const type = json['type'].startsWith(ERROR_URN) ? json['type'].slice(ERROR_URN.length) : json['type'];
  return { type: excerpt(type), detail: excerpt([...new Set(details)].filter((text) => text !== '').join('; ')) };
}

/** The error for an answer that isn't ACME. */
export function invalid({ url }: Pick<PeerResponse, 'url'>, reason: string): CloudilloError {
  const { host, pathname } = new URL(url);
  return new CloudilloError(
    'acme.invalid',
    `${host} did not answer ${pathname} as a certificate authority: ${reason}`,
    {
      stage: 'response',
      details: { host, path: pathname },
    },
  );
}

function objectOf(response: PeerResponse): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(response.body.toString('utf8'));
  } catch {
    throw invalid(response, 'the body is not JSON');
  }
  if (!isJsonObject(json)) throw invalid(response, 'the body is no JSON object');
  return json;
}

function textIn(json: Record<string, unknown>, name: string, response: PeerResponse): string {
  const value = json[name];
  if (typeof value !== 'string') throw invalid(response, `"${name}" is missing`);
  return value;
}

function urlIn(json: Record<string, unknown>, name: string, response: PeerResponse): string {
  const value = textIn(json, name, response);
  if (!URL.canParse(value)) throw invalid(response, `"${name}" is no URL`);
  return value;
}
