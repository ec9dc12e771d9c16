/** What a peer answered to an action that it took. */
import { timeWithDistance } from '../../protocol/reason-text.ts';

/** The network's server answers 201 before it has verified the token. @param now unix seconds */
export function answerText(
  { status, parkedUntil }: { status: number | null; parkedUntil: number | null },
  verified: boolean,
  now: number,
): string {
  if (parkedUntil !== null) {
    const until = timeWithDistance(Math.round(parkedUntil / 1000), now);
    return `${status}: accepted, parked there until ${until}: the key that verifies it could not be fetched`;
  }
  if (verified) return `${status}, verified`;
  return status === 201 ? '201: accepted, to be verified later (--sync waits for the verdict)' : String(status);
}
