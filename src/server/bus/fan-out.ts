/** Decides which listeners get a live event, and as which frame. */
import type { Clock } from '../../protocol/clock.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import { visibilityAtArrival } from '../../services/inbox/visibility-at-arrival.ts';
import type { Caller } from '../../services/readers/caller.ts';
import { type Readership, readershipOf } from '../../services/readers/reader.ts';
import { shownStatus } from '../../services/readers/shown-status.ts';
import { actionView } from '../../services/reading/action-view.ts';
import type { LiveEvent } from '../../services/runtime/live.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { ActionRow, StoredAction } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { ephemeralRow, ephemeralView } from './ephemeral.ts';
import { actionFrame } from './frames.ts';

/** A frame, and all callers that get the same. */
export interface AddressedFrame {
  frame: Buffer;
  callers: Caller[];
}

/** What the decision needs. */
export interface FanOutDeps {
  store: Store;
  /** The tenant whose event it is. */
  own: Identity;
  clock: Clock;
  /** The visibility of an ephemeral action without a letter of its own or of its subject. */
  fallback: Visibility;
}

/**
 * The frames of an event for those of `callers` that may see it. The rights are those of reading (specification: Visibility) at
 * this moment. The owner doesn't get actions of identities that it muted. Each different view is made and serialised once.
 * @throws CloudilloError `store.damaged`, `store.io`
 */
export async function fanOut(
  deps: FanOutDeps,
  event: LiveEvent,
  callers: readonly Caller[],
): Promise<AddressedFrame[]> {
  if (event.kind === 'ephemeral') return framesOfPassed(deps, event, callers);
  const { store, own } = deps;
  const action = await store.action(own.idTag, event.actionId);
  // Lists leave out an action that a later one replaced. So does the bus.
  if (!action?.current) return [];
  const views = new Map<string, { status: string; readership: Readership; callers: Caller[] }>();
  for (const caller of callers) {
    const readership = readershipOf(store, own.idTag, caller);
    const status = statusFor(deps, action, event, caller, readership);
    if (status === null) continue;
    const key = `${status} ${seesOriginal(deps, action, readership)} ${readership.owner}`;
    const view = views.get(key) ?? { status, readership, callers: [] };
    view.callers.push(caller);
    views.set(key, view);
  }
  return Promise.all(
    [...views.values()].map(async ({ status, readership, callers: same }) => {
      const view = await actionView({ store, own, readership }, action, { shared: !readership.owner });
      return { frame: actionFrame({ ...view, status }), callers: same };
    }),
  );
}

/** The status that this caller sees; null when the event isn't for it. */
function statusFor(
  deps: FanOutDeps,
  action: StoredAction,
  event: LiveEvent,
  caller: Caller,
  readership: Readership,
): string | null {
  if (!readership.mayRead(action)) return null;
  const status = shownStatus(action, caller);
  if (!caller.owner) return status !== null && 'ACN'.includes(status) ? status : null;
  if (isSilenced(deps, action.issuer)) return null;
  // An action that was rejected at its arrival is listed only on request. A later deletion is sent.
  return status === 'D' && event.kind === 'action' ? null : status;
}

function seesOriginal({ store, own }: FanOutDeps, { type, subject }: StoredAction, readership: Readership): boolean {
  if (type !== 'REPOST' || subject === null) return false;
  const original = store.row(own.idTag, subject);
  return original !== null && original.status !== 'D' && readership.mayRead(original);
}

function framesOfPassed(
  deps: FanOutDeps,
  event: Extract<LiveEvent, { kind: 'ephemeral' }>,
  callers: readonly Caller[],
): AddressedFrame[] {
  const { store, own, clock, fallback } = deps;
  const visibility = visibilityAtArrival(store, own.idTag, event.claims, fallback);
  const row: ActionRow = ephemeralRow(event, visibility, clock.wall());
  const readers = callers.filter((caller) => {
    if (caller.owner) return !isSilenced(deps, row.issuer);
    return readershipOf(store, own.idTag, caller).mayRead(row);
  });
  return readers.length === 0 ? [] : [{ frame: actionFrame(ephemeralView(event)), callers: readers }];
}

function isSilenced({ store, own }: FanOutDeps, issuer: string): boolean {
  if (issuer === own.idTag) return false;
  const { blocked, muted } = store.treatment(own.idTag, issuer);
  return blocked || muted;
}
