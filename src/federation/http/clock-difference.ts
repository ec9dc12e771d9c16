/** The difference between the clock here and that of a peer, from the `Date` of its answer (RFC 9110, 6.6.1). */
import { CloudilloError } from '../../protocol/errors.ts';
import { isoTime } from '../../protocol/iso-time.ts';

/** From here on tokens are refused for it, seconds (specification: Verification). */
export const CLOCKS_APART = 300;

/** The smallest difference that counts, in seconds: `Date` has whole seconds, and an answer takes time. */
const WORTH_TELLING = 30;

/**
 * Compares the clocks.
 * @param date the header
 * @param now unix milliseconds
 * @returns by how many seconds the clock here is ahead, negative when it is behind; `undefined` when the two agree, or without
 *   the header
 */
export function clockAhead(date: string | null, now: number): number | undefined {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  const ahead = Math.round((now - theirs) / 1000);
  return Math.abs(ahead) >= WORTH_TELLING ? ahead : undefined;
}

/**
 * The peer's clock, when it refused the content of a request (400, 401) and the two clocks differ.
 * @returns unix seconds by the peer's clock; null when the clocks are no reason
 */
export function peerTime(error: unknown): number | null {
  const date = refusesContent(error) ? error.details?.['date'] : null;
  return typeof date === 'number' ? date : null;
}

/** Whether the peer refused the content of a request (400, 401), as it does for a wrong clock. */
export function refusesContent(error: unknown): error is CloudilloError {
  if (!(error instanceof CloudilloError) || error.code !== 'peer.refused') return false;
  const status = error.details?.['status'];
  return status === 400 || status === 401;
}

/** A sentence with both clocks, for hints. @param now unix milliseconds, when the answer came */
export function clockHint(ahead: number, host: string, now: number): string {
  const by = Math.abs(ahead);
  const span = by < 120 ? `${by} s` : by < 7_200 ? `${Math.round(by / 60)} min` : `${Math.round(by / 3600)} h`;
  const seconds = Math.floor(now / 1000);
  // A peer may claim the last second that there is.
  return `The clock here says ${isoTime(seconds)} and that of ${host} ${isoTime(seconds - ahead)}, so that it is ${span} ${ahead > 0 ? 'ahead' : 'behind'} here: set the one that is wrong.`;
}
