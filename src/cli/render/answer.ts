import { STATUS_CODES } from 'node:http';
import type { ChalkInstance } from 'chalk';
import type { PeerResponse } from '../../federation/http/peer-response.ts';
import { timingsText } from './timings.ts';

/** Status, headers and timings of an answer; the body is somebody else's. */
export function renderHead({ status, headers, timings }: PeerResponse, colors: ChalkInstance): string[] {
  const line = `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  return [
    status < 400 ? colors.green(line) : colors.red(line),
    ...Object.entries(headers).map(([name, value]) => `${colors.dim(`${name}:`)} ${value}`),
    colors.dim(`# ${timingsText(timings)}`),
  ];
}
