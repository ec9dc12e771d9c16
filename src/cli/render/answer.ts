/** The head of an answer. */
import { STATUS_CODES } from 'node:http';
import type { ChalkInstance } from 'chalk';
import type { PeerResponse } from '../../federation/http/peer-response.ts';
import { timingsText } from './timings.ts';

/** The status, headers and timings of an answer, without the body. */
export function renderHead({ status, headers, timings }: PeerResponse, colors: ChalkInstance): string[] {
  const line = `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  return [
    status < 400 ? colors.green(line) : colors.red(line),
    ...Object.entries(headers).map(([name, value]) => `${colors.dim(`${name}:`)} ${value}`),
    colors.dim(`# ${timingsText(timings)}`),
  ];
}

/** A note that the server ignored query parameters, or none. @param headers of the answer */
export function ignoredNote({ headers }: Pick<PeerResponse, 'headers'>): string[] {
  const ignored = headers['x-cloudillo-ignored'];
  return ignored === undefined ? [] : [`The server ignored these query parameters, which it doesn't know: ${ignored}`];
}
