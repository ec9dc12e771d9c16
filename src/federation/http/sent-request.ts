/** Describes a request without its secrets, so that somebody who has them can send it again. */
import type { SentRequest, SentValue } from '../../protocol/sent-request.ts';
import type { PreparedRequest } from './send-request.ts';

/** Headers whose values say nothing about anybody. All others are named only. */
const PLAIN_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'if-none-match',
  'if-modified-since',
  'range',
  'user-agent',
]);

/** Parameters of the API whose values are no secrets. */
const PLAIN_PARAMETERS = new Set([
  'audience',
  'before',
  'createdAfter',
  'cursor',
  'dir',
  'issuer',
  'limit',
  'order',
  'parentId',
  'scope',
  'since',
  'sort',
  'status',
  'subject',
  'tag',
  'type',
  'types',
  'variant',
]);

/** The request as it goes out, each secret by a name. */
export function describeRequest({ method, url, headers, body }: PreparedRequest): SentRequest {
  return {
    method,
    url: url.origin + url.pathname,
    query: [...url.searchParams].map(([name, value]) => ({
      name,
      value: PLAIN_PARAMETERS.has(name) ? { text: value } : { secret: name },
    })),
    headers: Object.entries(headers).map(([name, value]) => ({ name, value: headerValue(name.toLowerCase(), value) })),
    body:
      body === undefined
        ? null
        : { bytes: Buffer.byteLength(body), json: /[/+]json\b/i.test(headers['Content-Type'] ?? '') },
  };
}

function headerValue(name: string, value: string): SentValue {
  if (PLAIN_HEADERS.has(name)) return { text: value };
  if (name === 'authorization' && /^Bearer /i.test(value)) return { secret: 'token', prefix: 'Bearer ' };
  return { secret: name };
}
