/** DNS over HTTPS (RFC 8484). */
import { request } from 'node:https';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type AddressAttempt, attemptReport, attemptsText } from '../http/address-attempt.ts';
import { connect } from '../http/connect.ts';
import { receivedText } from '../http/decode-body.ts';
import { createHostResolver } from '../http/host-resolver.ts';
import { type Endpoint, PUBLIC_NETWORK } from '../http/network.ts';
import { HTTPS_PORT, secureFor } from '../http/secure.ts';
import { dnsError } from './dns-error.ts';
import type { TimeForAnswer } from './udp.ts';

const MAX_BYTES = 65_535;

/**
 * Sends a query as the body of a POST. The server's certificate is checked against the system's authorities and those in `ca`
 * (PEM).
 * @throws CloudilloError `dns.timeout`, `dns.unreachable` (with TLS failures as the cause), `dns.malformed`
 */
export function exchangeHttps(
  target: { url: string; time: TimeForAnswer; ca?: string },
  query: Buffer,
): Promise<Buffer> {
  const { url, time, ca } = target;
  const signal = AbortSignal.timeout(Math.ceil(time.left()));
  const attempts: AddressAttempt[] = [];
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: {
        accept: 'application/dns-message',
        'content-type': 'application/dns-message',
        'content-length': query.length,
      },
      signal,
      createConnection: (_: unknown, callback: (error: Error | null, socket: TLSSocket) => void) => {
        open(new URL(url), { ca, signal, attempts }).then(
          (socket) => callback(null, socket),
          (error: Error) => callback(error, undefined as never),
        );
        return undefined as never;
      },
    };
    const fail = (cause: Error) => {
      const connected = attempts.some(({ won }) => won);
      const where = connected || attempts.length === 0 ? '' : `: ${attemptsText(attempts)}`;
      const details = connected ? undefined : { attempts: attempts.map(attemptReport) };
      reject(
        signal.aborted
          ? dnsError('dns.timeout', `${url} gave no answer in ${time.limit} ms${where}`, {
              ...(details && { details }),
            })
          : dnsError('dns.unreachable', `${url} can't be asked${where}`, { cause, ...(details && { details }) }),
      );
    };
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
      response.on('error', (cause) => {
        const expected = Number(response.headers['content-length'] ?? Number.NaN);
        const came = receivedText({ bytes: size, expected: Number.isNaN(expected) ? null : expected });
        if (signal.aborted) return fail(cause);
        reject(dnsError('dns.unreachable', `${url} broke off its answer: ${came}`, { cause }));
      });
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    sent.on('error', fail);
    sent.end(query);
  });
}

/** Connects to whichever address of the server answers first. It was named by the user: it may be in the own network. */
async function open(
  { hostname, port }: URL,
  { ca, signal, attempts }: { ca: string | undefined; signal: AbortSignal; attempts: AddressAttempt[] },
): Promise<TLSSocket> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const at = ({ address }: { address: string }): Endpoint => ({ address, port: Number(port) || HTTPS_PORT });
  const { addresses, later } = isIP(host)
    ? { addresses: [{ address: host }], later: null }
    : await createHostResolver(PUBLIC_NETWORK).resolveFirst(host);
  return connect<TLSSocket>(addresses.map(at), {
    signals: [signal],
    attempts,
    later: later?.then((found) => found.map(at)) ?? null,
    secure: secureFor(host, ca === undefined ? {} : { ca }),
  });
}
