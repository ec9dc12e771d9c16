/** Describes a request without its secrets, so that somebody who has them can send it again. */
import { isPlainHeader, isPlainParameter } from '../../protocol/secret-names.ts';
import type { SentRequest, SentValue } from '../../protocol/sent-request.ts';
import { type Network, sandboxEndpoint } from './network.ts';
import type { PreparedRequest } from './send-request.ts';

/** The request as it goes out, each secret by a name. */
export function describeRequest(
  { method, url, headers, body }: Pick<PreparedRequest, 'method' | 'url' | 'headers' | 'body'>,
  network: Network,
): SentRequest {
  const endpoint = network.kind === 'sandbox' ? sandboxEndpoint(network, url.hostname) : null;
  return {
    method,
    url: url.origin + url.pathname,
    query: [...url.searchParams].map(([name, value]) => ({
      name,
      value: isPlainParameter(name) ? { text: value } : { secret: name },
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
