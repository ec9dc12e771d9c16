/** The actions that a tenant signs in answer to an arriving action. */
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { superseded } from '../delivery/superseded.ts';
import { approvalEvents, isApproved, isOnWall, withdrawalEvents } from '../outgoing/approve.ts';
import { signOutgoing } from '../outgoing/outgoing.ts';
import { relayEvents } from '../outgoing/relay.ts';
import { latestConns } from '../peers/latest-conns.ts';
import type { Arrival } from './arrival.ts';
import type { ArrivalEffect } from './arrival-effect.ts';
import type { InboxDeps } from './inbox-deps.ts';

type AnswerDeps = Pick<InboxDeps, 'store' | 'policy' | 'clock' | 'signer' | 'log'>;

/**
 * Signs the automatic answers to an arriving action. They are stored in the record of the action, so that a crash loses both or
 * neither, and a repeated token isn't answered twice.
 * @param visibility the stored visibility of the arriving action
 * @throws CloudilloError `store.*`; what the signer throws, except for want of a key
 */
export async function answersTo(
  deps: AnswerDeps,
  arrival: Arrival,
  effect: ArrivalEffect,
  visibility: Visibility,
): Promise<JournalEvent[]> {
  const { tenant, actionId, token, claims } = arrival;
  const said = { actionId, token, issuer: claims.iss };
  const events: JournalEvent[] = [];
  const { accept, relayIn } = effect;
  if (accept) events.push(...(await whenSigned(deps, arrival, () => acceptance(deps, arrival, accept))));
  if (relayIn) events.push(...(await whenSigned(deps, arrival, () => relayEvents(deps, tenant, relayIn, said))));
  for (const ended of takenFromWall(deps, arrival, effect)) {
    const withdraw = () => withdrawalEvents(deps, tenant, { ...said, visibility }, ended.actionId);
    events.push(...(await whenSigned(deps, arrival, withdraw)));
  }
  if (approvesItself(deps, arrival, effect)) {
    const approve = () => approvalEvents(deps, tenant, { ...said, visibility });
    events.push(...(await whenSigned(deps, arrival, async () => (await approve()).events)));
  }
  return events;
}

/**
 * The answers, or none when no key can sign (it is missing, locked or expired). That is no reason to refuse a valid action,
 * because the network's server won't send it again. The action is stored, and the log tells the owner which answer is missing.
 */
async function whenSigned(
  { log }: AnswerDeps,
  { tenant, actionId }: Arrival,
  sign: () => Promise<JournalEvent[]>,
): Promise<JournalEvent[]> {
  try {
    return await sign();
  } catch (error) {
    if (!(error instanceof CloudilloError) || !isCodeOf(error.code, 'key')) throw error;
    log('error', 'an arriving action could not be answered or passed on: no key signs', {
      tenant,
      actionId,
      error: errorToObject(error),
    });
    return [];
  }
}

/**
 * The CONN:ACC that an arriving CONN is answered with, and its delivery. However often a peer asks that can't be reached, one waits for
 * it: a peer that is connected already gets no second one, and any other answer takes the place of the one before.
 */
async function acceptance(
  deps: AnswerDeps,
  { tenant, claims }: Arrival,
  accept: NonNullable<ArrivalEffect['accept']>,
): Promise<JournalEvent[]> {
  const { ours } = latestConns(deps.store, tenant, claims.iss);
  const replaced = ours?.subtype === 'ACC' ? superseded(deps.store, tenant, ours, deps.clock.wall()) : [];
  if (accept === 'told' && replaced.length > 0) return [];
  const answer = { t: 'CONN:ACC', aud: claims.iss, v: 'F' };
  const { events } = await signOutgoing(deps, { tenant, claims: answer, visibility: 'F', to: [claims.iss] });
  return [...replaced, ...events];
}

/** The action on the tenant's wall that a `:DEL` deletes, by name or by key. */
function takenFromWall(
  { store }: AnswerDeps,
  { tenant, subtype, claims, key }: Arrival,
  effect: ArrivalEffect,
): ActionRow[] {
  if (subtype !== 'DEL') return [];
  const replaced = key === null ? null : store.byKey(tenant, key, claims.iss);
  const ended = [...effect.ends.map((id) => store.row(tenant, id)), replaced].filter((row) => row !== null);
  return ended.filter(
    (row) => row.createdAt <= claims.iat && isOnWall(tenant, row) && isApproved(store, tenant, row.actionId),
  );
}

/**
 * Whether the action is approved automatically: the setting `autoApprove`, for connected peers (specification: Walls and
 * approval).
 */
function approvesItself({ store, policy }: AnswerDeps, arrival: Arrival, { status }: ArrivalEffect): boolean {
  const { tenant, type, subtype, claims, role } = arrival;
  if (role !== 'main' || status !== 'A' || !policy().autoApprove) return false;
  const row = { type, subtype, issuer: claims.iss, audience: claims.aud ?? null };
  return isOnWall(tenant, row) && store.relation(tenant, claims.iss).connected;
}
