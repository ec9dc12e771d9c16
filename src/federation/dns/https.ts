/** DNS over HTTPS (RFC 8484). */
import { request } from 'node:https';
import { dnsError } from './dns-error.ts';

const MAX_BYTES = 65_535;

/**
 * Sends a query as the body of a POST. The server's certificate is checked against the system's authorities and those in `ca`
 * (PEM).
 * @throws CloudilloError `dns.timeout`, `dns.unreachable` (with TLS failures as the cause), `dns.malformed`
 */
export function exchangeHttps(target: { url: string; timeout: number; ca?: string }, query: Buffer): Promise<Buffer> {
  const { url, timeout, ca } = target;
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: {
        accept: 'application/dns-message',
        'content-type': 'application/dns-message',
        'content-length': query.length,
      },
      signal: AbortSignal.timeout(timeout),
      ...(ca !== undefined && { ca }),
    };
    const fail = (cause: Error) =>
      reject(
        cause.name === 'AbortError' || cause.name === 'TimeoutError'
          ? dnsError('dns.timeout', `${url} gave no answer in ${timeout} ms`)
          : dnsError('dns.unreachable', `${url} can't be asked`, { cause }),
      );
    const sent = request(url, options, (response) => {
      const refuse = (reason: string) => {
        response.destroy();
        reject(dnsError('dns.malformed', `${url} ${reason}`, { hint: 'Is this the URL of a DNS over HTTPS service?' }));
      };
      // No redirect is followed: the answer has to come from the server that was named.
      if (response.statusCode !== 200) return refuse(`answered HTTP ${response.statusCode}`);
      if (!/^application\/dns-message\b/i.test(response.headers['content-type'] ?? '')) {
        return refuse(`answered ${response.headers['content-type'] ?? 'no content type'}, not a DNS message`);
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) return refuse('answered more than a DNS message can hold');
        chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    sent.on('error', fail);
    sent.end(query);
  });
}
