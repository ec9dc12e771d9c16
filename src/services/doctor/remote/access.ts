/** The other direction: whether the instance reaches the identity that signs in, and lets it in. */
import { peerUrl } from '../../../federation/peer/peer-url.ts';
import { CloudilloError } from '../../../protocol/errors.ts';
import type { FaultId } from '../faults.ts';
import { type Outcome, type Skipped, well } from '../finding.ts';
import { requestFault } from './errors.ts';
import type { Look } from './look.ts';

/**
 * Exchanges a PROXY token, which stores nothing there. The instance needs the key of the issuer for it, and fetches its profile unless it
 * has the key already.
 */
export async function accessCheck({ deps, input }: Look): Promise<Outcome | Skipped> {
  const { signIn, requester } = deps;
  if (!signIn) return { skipped: 'not signed in; sign in with --as IDTAG' };
  const { as } = signIn;
  if (as === input.idTag) return { skipped: 'nobody signs in at home' };
  try {
    await signIn.ask(input.idTag, (bearer) =>
      requester.get(peerUrl(input.idTag, '/api/actions', { limit: 1 }), { ...(bearer !== undefined && { bearer }) }),
    );
    return well(`${as} was let in; that it is reached from there is not proven: a cached key may have answered`);
  } catch (error) {
    const fault = requestFault(error);
    return { faults: [{ ...fault, fault: accessFault(error, fault.fault), facts: { ...fault.facts, as } }] };
  }
}

function accessFault(error: unknown, fault: FaultId): FaultId {
  const { status, peerCode } = error instanceof CloudilloError ? (error.details ?? {}) : {};
  if (fault === 'banned' || fault === 'rate-limited') return fault;
  // The key of the issuer can't be fetched (specification: Inbox). The network answers E-NET-ERROR.
  if (peerCode === 'E-SYS-UNAVAIL' || peerCode === 'E-NET-ERROR') return 'no-way-back';
  return status === 401 || status === 403 ? 'not-let-in' : fault;
}
