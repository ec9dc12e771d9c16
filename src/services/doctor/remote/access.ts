/** The other direction: whether the instance reaches the identity that signs in, and lets it in. */
import { peerUrl } from '../../../federation/peer/peer-url.ts';
import { CloudilloError } from '../../../protocol/errors.ts';
import type { FaultId } from '../faults.ts';
import { type Outcome, type Skipped, well } from '../finding.ts';
import { takesAnyBearer } from './answers.ts';
import { requestFault } from './errors.ts';
import type { Look } from './look.ts';

/**
 * Exchanges a PROXY token, which stores nothing there. The instance needs the key of the issuer for it, and fetches its profile unless it
 * has the key already. The server of the home sees that.
 */
export async function accessCheck(look: Look): Promise<Outcome | Skipped> {
  const { deps, input } = look;
  const { signIn, requester } = deps;
  if (!signIn) return { skipped: 'not signed in; sign in with --as IDTAG' };
  const { as } = signIn;
  if (as === input.idTag) return { skipped: 'nobody signs in at home' };
  const began = deps.clock.wall();
  try {
    await signIn.ask(input.idTag, (bearer) =>
      requester.get(peerUrl(input.idTag, '/api/actions', { limit: 1 }), { ...(bearer !== undefined && { bearer }) }),
    );
    const way = await wayBack(look, as, began);
    if (await takesAnyBearer(look)) return well(`whether ${as} was let in can't be told: any bearer is taken; ${way}`);
    return well(`${as} was let in; ${way}`);
  } catch (error) {
    const { evidence, facts, ...fault } = requestFault(error);
    const found = accessFault(error, fault.fault);
    const seen = found === 'no-way-back' ? [await wayBack(look, as, began)] : [];
    return { faults: [{ ...fault, fault: found, evidence: [...evidence, ...seen], facts: { ...facts, as } }] };
  }
}

/** Whether the instance has reached the server of the home meanwhile: somebody at one of its addresses fetched the profile. */
async function wayBack({ deps, answers }: Look, as: string, since: number): Promise<string> {
  const seen = await deps.reads?.(as, since).catch(() => null);
  if (!seen?.served) return 'that it is reached from there is not proven: no server runs here that could see it';
  const theirs = seen.addresses.filter((address) => answers.some((answer) => answer.address === address));
  if (theirs.length > 0) return `that it is reached from there is proven: ${theirs.join(', ')} fetched its profile`;
  if (seen.addresses.length > 0) {
    return `that it is reached from there is not proven: its profile was fetched from ${seen.addresses.join(', ')}, which is no address of the instance`;
  }
  return 'that it is reached from there is not proven: nobody fetched its profile, so a cached key may have answered';
}

function accessFault(error: unknown, fault: FaultId): FaultId {
  const { status, peerCode } = error instanceof CloudilloError ? (error.details ?? {}) : {};
  if (fault === 'banned' || fault === 'rate-limited') return fault;
  // The key of the issuer can't be fetched (specification: Inbox). The network answers E-NET-ERROR.
  if (peerCode === 'E-SYS-UNAVAIL' || peerCode === 'E-NET-ERROR') return 'no-way-back';
  return status === 401 || status === 403 ? 'not-let-in' : fault;
}
