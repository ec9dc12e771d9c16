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

/** The same frame for all callers that see the same. */
export interface AddressedFrame {
  frame: Buffer;
  callers: Caller[];
}

export interface FanOutDeps {
  store: Store;
  /** Whose events these are. */
  own: Identity;
  clock: Clock;
  /** Of what is passed on without a letter of its own, or its subject's. */
  fallback: Visibility;
}

/**
 * Who of `callers` gets to see an event, and as what. Rights are those of reading (specification: Visibility) at this moment;
 * the owner doesn't see what comes from those that it has muted. Each different view is made and serialised once.
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
  // Lists leave out what a later action replaced; so does the bus.
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
      const view = await actionView({ store, own, readership }, action);
      return { frame: actionFrame({ ...view, status }), callers: same };
    }),
  );
}

/** The status as this caller is shown it, or null when the event is nothing to it. */
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
  // Rejected at the door without telling: listed only when asked for. A later deletion is news.
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
