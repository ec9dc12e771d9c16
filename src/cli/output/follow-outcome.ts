import { type ErrorCode, errorTraits, isCodeOf } from '../../protocol/error-table.ts';
import type { ErrorObject } from '../../protocol/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type GivenOptions, pasteable } from './pasteable-hint.ts';

/** The part of a result that says how sending something went. */
interface Sent {
  as: string;
  outcome: string;
  error: ErrorObject | null;
  stages: { stage: string; status: string }[];
}

/** The exit code that a `follow` ends with: 0 accepted, 7 refused, 4–6 queued for later, by the cause. */
export function followExitCode({ outcome, error }: Pick<Sent, 'outcome' | 'error'>): ExitCode {
  if (outcome === 'refused') return EXIT.refused;
  if (outcome !== 'queued' || !error) return EXIT.done;
  // A peer that answers 503 is a transport that doesn't work now: "refused" would say that asking again is of no use.
  return errorTraits(error.code).queued;
}

/** The result with what to do about a delivery that waits, in words that can be pasted. */
export function withAdvice<R extends Sent>(result: R, given: GivenOptions): R {
  const { error } = result;
  if (!error) return result;
  const advised = result.outcome === 'queued' ? { ...error, hint: adviceOnWaiting(result, error) } : error;
  return { ...result, error: pasteable(advised, given) };
}

function adviceOnWaiting(result: Sent, { code }: ErrorObject): string {
  const hidden = result.stages.some(({ stage, status }) => stage === 'preflight' && status === 'failed');
  if (hidden) return hiddenAdvice(code, result.as);
  return 'It stays queued: a running server tries again, or do it yourself with "cloudillo deliver"';
}

/** Why peers can't fetch our keys decides what helps: a server that runs already needn't be started. */
function hiddenAdvice(code: ErrorCode, as: string): string {
  const problem = `Peers can't fetch the keys of ${as}`;
  const then = 'what is queued goes out later, or now with "cloudillo deliver"';
  if (isCodeOf(code, 'dns')) return `${problem}: see what is wrong with "cloudillo dns-check ${as}"; ${then}`;
  if (isCodeOf(code, 'tls')) return `${problem}: see the certificate with "cloudillo status"; ${then}`;
  return `${problem}: start the server with "cloudillo serve"; it delivers what is queued`;
}
