/** The exit code and the hint of a sent action. */
import { type ErrorCode, errorTraits, isCodeOf } from '../../protocol/error-table.ts';
import type { ErrorObject } from '../../protocol/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type GivenOptions, pasteable } from './pasteable-hint.ts';

/** The part of a result that decides the exit code. */
interface Sent {
  as: string;
  outcome: string;
  error: ErrorObject | null;
  stages: { stage: string; status: string }[];
}

/** The exit code of a sent action: 0 accepted, 7 refused, 4–6 queued, by the cause. */
export function followExitCode({ outcome, error }: Pick<Sent, 'outcome' | 'error'>): ExitCode {
  if (outcome === 'refused') return EXIT.refused;
  if (outcome !== 'queued' || !error) return EXIT.done;
  // A peer that answers 503 can't be used now. "Refused" would say that another attempt is useless.
  return errorTraits(error.code).queued;
}

/** The result with a hint about a queued delivery, whose commands work as they stand. */
export function withAdvice<R extends Sent>(result: R, given: GivenOptions): R {
  const { error } = result;
  if (!error) return result;
  const advised = result.outcome === 'queued' ? { ...error, hint: adviceOnWaiting(result, error) } : error;
  return { ...result, error: pasteable(advised, given) };
}

function adviceOnWaiting(result: Sent, error: ErrorObject): string {
  const { code } = error;
  const hidden = result.stages.some(({ stage, status }) => stage === 'preflight' && status === 'failed');
  if (hidden) return hiddenAdvice(code, result.as);
  return `${causeHint(error)}It stays queued: a running server tries again, or do it yourself with "cloudillo deliver"`;
}

/** The hint depends on why peers can't fetch the keys: a running server needn't be started. */
function hiddenAdvice(code: ErrorCode, as: string): string {
  const problem = `Peers can't fetch the keys of ${as}`;
  const then = 'what is queued goes out later, or now with "cloudillo deliver"';
  if (isCodeOf(code, 'dns')) return `${problem}: see what is wrong with "cloudillo dns-check ${as}"; ${then}`;
  if (isCodeOf(code, 'tls')) return `${problem}: see the certificate with "cloudillo status"; ${then}`;
  return `${problem}: start the server with "cloudillo serve"; it delivers what is queued`;
}

/** The hint of the error, where waiting alone mends nothing: a wrong clock, or something in front of the peer that answers. */
function causeHint({ code, hint, details = {} }: ErrorObject): string {
  if (hint === undefined || !isCodeOf(code, 'peer')) return '';
  const isForeign = details['status'] !== undefined && details['peerCode'] === undefined;
  return isForeign || details['clockAhead'] !== undefined ? `${hint} ` : '';
}
