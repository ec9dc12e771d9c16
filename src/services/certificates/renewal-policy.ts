/** When a certificate is renewed, and when a failed renewal is tried again. All times are unix milliseconds. */
import type { RenewalState } from '../../store/identities/acme-files.ts';

/** How long a certificate is valid. */
export interface Validity {
  from: number;
  to: number;
}

/** The rest of the lifetime at which a certificate is renewed. */
const REST = 1 / 3;
/** Up to so much of the lifetime is taken off, so that not all certificates are renewed together. */
const SPREAD = 1 / 30;

const MINUTE = 60_000;
const FIRST_PAUSE = 5 * MINUTE;
const LONGEST_PAUSE = 12 * 60 * MINUTE;
/** Up to so much of a pause is taken off. */
const JITTER = 0.25;
/** How long a new certificate is used at least, where that is less than a tenth of its lifetime. */
const LONGEST_REST = 60 * MINUTE;

/** When the authority is asked again for the time of a renewal: as it says, within limits. */
const ASK_DEFAULT = 6 * 60 * MINUTE;
const ASK_SHORTEST = MINUTE;
const ASK_LONGEST = 24 * 60 * MINUTE;

/** When to renew by the lifetime alone. @param random in [0, 1) */
export function renewalByLifetime({ from, to }: Validity, random: number): number {
  const lifetime = Math.max(0, to - from);
  return Math.round(to - lifetime * (REST + SPREAD * random));
}

/** When to renew within the window that the authority suggests (RFC 9773, section 4.2). A past one: now. @param random in [0, 1) */
export function renewalInWindow({ start, end }: { start: number; end: number }, now: number, random: number): number {
  return Math.max(now, Math.round(start + (end - start) * random));
}

/**
 * The time that an authority wants, within the lifetime: one that is always in a hurry gets no endless orders, and one that names a late
 * time lets no certificate expire.
 */
export function withinLifetime(
  wanted: number,
  { issuedAt, validity: { from, to } }: { issuedAt: number; validity: Validity },
): number {
  const tenth = Math.max(0, to - from) / 10;
  return Math.max(Math.min(wanted, to - tenth), issuedAt + Math.min(tenth, LONGEST_REST));
}

/** When to ask the authority again. @param seconds its `Retry-After` */
export function nextQuestion(seconds: number | undefined, now: number): number {
  const pause = seconds === undefined ? ASK_DEFAULT : seconds * 1000;
  return now + Math.min(Math.max(pause, ASK_SHORTEST), ASK_LONGEST);
}

/** When to try again. @param failures how many attempts have failed, from 1 @param random in [0, 1) */
export function nextAttempt(failures: number, now: number, random: number): number {
  const full = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE);
  return Math.round(now + full * (1 - JITTER * random));
}

/** Whether a renewal is due. */
export function isDue({ nextAt, notBefore }: Pick<RenewalState, 'nextAt' | 'notBefore'>, now: number): boolean {
  return nextAt <= now && (notBefore === null || notBefore <= now);
}

/** A state from the disk, where no time is further ahead than this policy makes it. A wrong clock may have written it. */
export function withinPolicy(state: RenewalState, validity: Validity | null, now: number): RenewalState {
  const latest = (at: number | null, most: number) => (at === null ? null : Math.min(at, most));
  const mostNext = state.failures > 0 || validity === null ? now + LONGEST_PAUSE : renewalByLifetime(validity, 0);
  return {
    ...state,
    nextAt: Math.min(state.nextAt, mostNext),
    notBefore: latest(state.notBefore, now + ASK_LONGEST),
    askAt: latest(state.askAt, now + ASK_LONGEST),
  };
}
