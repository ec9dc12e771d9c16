/** Describes a request without its secrets, so that somebody who has them can send it again. */
import type { SentRequest, SentValue } from '../../protocol/sent-request.ts';
import { type Network, sandboxEndpoint } from './network.ts';
import { isPlainHeader } from './plain-headers.ts';
import type { PreparedRequest } from './send-request.ts';

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
export function describeRequest({ method, url, headers, body }: PreparedRequest, network: Network): SentRequest {
  const endpoint = network.kind === 'sandbox' ? sandboxEndpoint(network, url.hostname) : null;
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
    sandbox:
      network.kind === 'sandbox' && endpoint
        ? { address: endpoint.address, port: endpoint.port, ca: network.ca }
        : null,
  };
}

function headerValue(name: string, value: string): SentValue {
  if (isPlainHeader(name)) return { text: value };
  if (name === 'authorization' && /^Bearer /i.test(value)) return { secret: 'token', prefix: 'Bearer ' };
  return { secret: name };
}
