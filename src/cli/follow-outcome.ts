import type { FollowResult } from '../services/follow.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-codes.ts';
import { homeOption } from './home-option.ts';

/** The exit code that a `follow` ends with: 0 accepted, 7 refused, 4–6 queued for later, by the cause. */
export function followExitCode({ outcome, error }: Pick<FollowResult, 'outcome' | 'error'>): ExitCode {
  if (outcome === 'refused') return EXIT.refused;
  if (outcome !== 'queued' || !error) return EXIT.done;
  const code = exitCodeFor(error.code);
  // A peer that answers 503 is a transport that doesn't work now: "refused" would say that asking again is of no use.
  return code === EXIT.dns || code === EXIT.tls ? code : EXIT.network;
}

/** The result with what to do about a delivery that waits, in the words of this home. */
export function withAdvice(result: FollowResult, home: string): FollowResult {
  if (result.outcome !== 'queued' || !result.error) return result;
  const hidden = result.stages.some(({ stage, status }) => stage === 'preflight' && status === 'failed');
  const option = homeOption(home);
  const hint = hidden
    ? `Peers can't fetch the keys of ${result.as}: start the server with "cloudillo serve${option}"; it delivers what is queued`
    : `It stays queued: a running server tries again, or do it yourself with "cloudillo deliver${option}"`;
  return { ...result, error: { ...result.error, hint } };
}
