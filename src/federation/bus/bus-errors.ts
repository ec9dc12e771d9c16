/** The errors of a bus connection. */
import type { IncomingMessage } from 'node:http';
import { CloudilloError } from '../../protocol/errors.ts';
import { answeredBy } from '../http/answered-by.ts';
import { readStart } from '../http/body.ts';
import { peerError } from '../http/peer-error.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { excerpt } from '../http/text-excerpt.ts';

/** The path of the bus (specification: WebSocket bus). */
export const BUS_PATH = '/ws/bus';

const ERROR_BODY_BYTES = 64 * 1024;

/** The close codes of the bus, with the HTTP status that each stands for. */
const STATUS_BY_CLOSE: Readonly<Record<number, number>> = { 4401: 401, 4403: 403, 4404: 404, 4500: 500 };

/** The error for an HTTP answer instead of the upgrade. */
export async function busRefusal(response: IncomingMessage, host: string): Promise<CloudilloError> {
  let text = '';
  try {
    text = (await readStart(response, ERROR_BODY_BYTES)).toString('utf8');
  } catch {
    // The status says more than the error of reading the body.
  }
  const { statusCode: status = 0, headers } = response;
  const now = Date.now();
  const retryAfter = parseRetryAfter(headers['retry-after'] ?? null, now);
  const by = answeredBy((name) => headerText(headers[name]));
  return peerError({ host, method: 'GET', path: BUS_PATH, status, text, retryAfter, by, now, secrets: [] });
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The error for a close by the peer, or for a lost connection (1006). */
export function busClosed(host: string, code: number, reason: string): CloudilloError {
  const status = STATUS_BY_CLOSE[code];
  const said = excerpt(reason);
  const details = { host, closeCode: code, ...(said && { reason: said }), ...(status !== undefined && { status }) };
  if (status !== undefined) {
    const server = status >= 500;
    return new CloudilloError(
      server ? 'peer.error' : 'peer.refused',
      `${host} closed the bus with ${code}${said && `: ${said}`}`,
      { stage: 'response', retryable: server, hint: HINTS[status] ?? '', details },
    );
  }
  const words = code === 1006 ? 'the connection was lost' : `it closed with ${code}${said && `: ${said}`}`;
  return new CloudilloError('network.reset', `The bus of ${host} ended: ${words}`, {
    stage: 'response',
    hint: 'Try again; if it stays so, see the log of that server.',
    details,
  });
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'It does not accept the access token: is the own profile reachable for it, and the clock right?',
  403: 'The identity that asks may not listen there.',
  404: 'Does it exist there, and is this a Cloudillo server?',
  500: 'The fault is on that server. Try again later, or tell its operator.',
};

/** The error for a bus that sent nothing for too long. */
export function busSilent(host: string): CloudilloError {
  return new CloudilloError('network.timeout', `The bus of ${host} did not answer a ping`, {
    stage: 'response',
    hint: 'Is this machine still online?',
    details: { host },
  });
}

/** The error for a connection that was given up before it was open. */
export function busAborted(host: string): CloudilloError {
  return new CloudilloError('network.aborted', `The connection to ${host} was given up`, { stage: 'request' });
}
