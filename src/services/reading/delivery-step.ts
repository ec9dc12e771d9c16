/** What the sender of an action can do where a delivery of it failed, by what the peer answered. */
import { isCodeOf } from '../../protocol/error-table.ts';
import { isCanonicalIdTag } from '../../protocol/id-tag.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { AnsweredDelivery, DeliveryView } from '../delivery/list-deliveries.ts';

/** The facts of an answer that are stored with a delivery. */
interface Answer {
  status?: number;
  peerCode?: string;
  work?: number;
}

/** The next step after the delivery that is worst off: refused before waiting, then parked there. null: all arrived. */
export function deliveryStep(deliveries: readonly AnsweredDelivery[]): string | null {
  const failed = deliveries.filter(({ error, state }) => error !== null || state === 'queued');
  const worst = failed.find(({ state }) => state !== 'queued') ?? failed[0];
  if (!worst) return unverified(deliveries);
  if (worst.error === null) return untried(worst);
  const steps = [ownStep(worst), waiting(worst), whoKnows(worst)].filter((step) => step !== null);
  return steps.length === 0 ? null : steps.join(' ');
}

/** A peer that parked the action couldn't fetch the profile of its issuer. It asks again by itself, and doesn't tell how that ended. */
function unverified(deliveries: readonly AnsweredDelivery[]): string | null {
  const parked = deliveries.find(({ answer }) => answer?.parkedUntil);
  if (!parked) return null;
  return `${parked.to} couldn't fetch the key of ${parked.tenant}, and tries again by itself. Whether the network reaches this instance: cloudillo doctor`;
}

/** Nothing was sent: the time hasn't come, no server runs, or something here is in the way. */
function untried({ actionId, nextAt }: DeliveryView): string {
  const at = nextAt === null ? '' : ` at ${nextAt}`;
  return `Nothing was sent yet: a running server tries it${at}. To try now: cloudillo deliveries retry ${actionId}. Whether anything here is in the way: cloudillo doctor`;
}

/** What can be done here. */
function ownStep({ to, tenant, error }: DeliveryView): string | null {
  if (!error || !isCanonicalIdTag(to)) return null;
  const { code, message, details = {} } = error;
  const peer = shellWord(to);
  if (isCodeOf(code, 'dns', 'network', 'tls')) {
    return `Look at ${to}: cloudillo doctor ${peer}. When it is mended, try again at once: cloudillo peer retry ${peer}.`;
  }
  const { status, peerCode, work } = details as Answer;
  if (peerCode === 'E-RATE-BANNED')
    return `${to} has banned the address of this machine, for bad signatures. The ban ends by itself within an hour; its operator ends it at once: cloudillo bans lift --all.`;
  if (work !== undefined)
    return `${to} asks for proof of work. Connect anew, and it is done: cloudillo connect ${peer} --as ${tenant}.`;
  if (status !== undefined && peerCode === undefined)
    return `That is no answer of a Cloudillo server: something in front of ${to} has answered, such as a proxy or a firewall. Look at ${to}: cloudillo doctor ${peer}.`;
  if (status === 413) return `The action is larger than ${to} takes: say less at once, or attach a file.`;
  if (status === 401 || FETCH_FAILED.test(message)) {
    return `${to} couldn't verify it with the key that it finds. See whether the network sees the key that signs here: cloudillo doctor.`;
  }
  return null;
}

/** How our server words it that it couldn't ask the issuer, who is us. */
const FETCH_FAILED = /another instance could not be asked/;

function waiting({ state, nextAt, actionId }: DeliveryView): string | null {
  if (state !== 'queued' || nextAt === null) return null;
  return `It is tried again by itself at ${nextAt}. To try now: cloudillo deliveries retry ${actionId}.`;
}

/** The operator of a peer that answered sees which check failed. */
function whoKnows({ to, actionId, error }: DeliveryView): string | null {
  const { status, peerCode } = (error?.details ?? {}) as Answer;
  if (!error || !isCodeOf(error.code, 'peer') || (status !== undefined && peerCode === undefined)) return null;
  // A request that was turned away before its token was read is noted there under its own ID alone.
  const { requestId } = error.details ?? {};
  const known = typeof requestId === 'string' ? shellWord(requestId) : actionId;
  return `${to} knows why. Its operator runs: cloudillo explain ${known}`;
}
