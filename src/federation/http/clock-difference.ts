/** How the clock of this machine compares with a peer's, by the `Date` of its answer (RFC 9110, 6.6.1). */
import { CloudilloError } from '../../protocol/errors.ts';

/** A smaller difference is no reason for anything: `Date` counts whole seconds, and an answer takes its time. Seconds. */
const WORTH_TELLING = 30;

/**
 * @param date the header
 * @param now unix milliseconds
 * @returns seconds that our clock is ahead of the peer's, negative when it is behind; `undefined` when they agree, or the peer didn't say
 */
export function clockAhead(date: string | null, now: number): number | undefined {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  const ahead = Math.round((now - theirs) / 1000);
  return Math.abs(ahead) >= WORTH_TELLING ? ahead : undefined;
}

/**
 * The peer's clock when it refused what a request held (400, 401), and its clock and ours differ.
 * @returns unix seconds, by the peer's clock; null: the clocks are no reason
 */
export function peerTime(error: unknown): number | null {
  if (!(error instanceof CloudilloError) || error.code !== 'peer.refused') return null;
  const { status, date } = error.details ?? {};
  return (status === 400 || status === 401) && typeof date === 'number' ? date : null;
}

/** One sentence, for hints. */
export function clockHint(ahead: number, host: string): string {
  const by = Math.abs(ahead);
  const span = by < 120 ? `${by} s` : by < 7_200 ? `${Math.round(by / 60)} min` : `${Math.round(by / 3600)} h`;
  return `The clock here is ${span} ${ahead > 0 ? 'ahead of' : 'behind'} that of ${host}: set the one that is wrong.`;
}
