/** Lists what came to the inbox, and follows it. */
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { ArrivalNote } from '../../store/model/arrival-note.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps, StageEvent } from '../runtime/deps.ts';
import { type ArrivalFilter, type ArrivalView, arrivalFilter, arrivalView } from './arrival-view.ts';
import { noServer } from './watch-actions.ts';

/** The next step where nobody takes anything in. */
export const SERVE_FIRST = 'Start one with "cloudillo serve"; without --follow the command lists what came before';

/** Which arrivals, and how many. */
export interface ListArrivalsInput extends Omit<ArrivalFilter, 'tenant'> {
  /** The arrivals at this tenant. Default: at all tenants of the home, and at none. */
  as?: string | undefined;
  /** The most arrivals. */
  limit: number;
}

/** How far back the wall clock may have been set meanwhile, milliseconds. */
const CLOCK_SLACK = 3_600_000;

type ListDeps = Pick<Deps, 'arrivals' | 'identities'>;

/**
 * Lists arrivals, newest first.
 * @throws CloudilloError `usage.id-tag`, `home.identity-missing`
 */
export async function listArrivals(
  deps: ListDeps,
  input: ListArrivalsInput,
): Promise<{ arrivals: ArrivalView[]; hasMore: boolean }> {
  const { notes, hasMore } = await newestNotes(deps, input);
  return { arrivals: notes.map(arrivalView), hasMore };
}

/** An event of {@link followArrivals}: an arrival, or `ready`: from now on they come as they arrive. */
export interface ArrivalEvent extends StageEvent {
  arrival?: ArrivalView;
}

/**
 * Emits the newest arrivals, oldest first, and then each one as it comes, until `signal` aborts.
 * @throws CloudilloError `home.no-server`, and as {@link listArrivals}
 */
export async function followArrivals(
  deps: ListDeps & Pick<Deps, 'server'>,
  input: ListArrivalsInput,
  emit: (event: ArrivalEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!deps.server.facts) throw noServer(SERVE_FIRST);
  const fits = arrivalFilter(await filterOf(deps, input));
  const tell = (note: ArrivalNote) => emit({ stage: 'arrival', status: 'done', arrival: arrivalView(note) });
  // What comes while the earlier ones are read waits here. Notes on disk are other objects.
  let waiting: ArrivalNote[] | null = [];
  const stop = deps.arrivals.on((note) => {
    if (!fits(note)) return;
    if (waiting) waiting.push(note);
    else tell(note);
  });
  try {
    const { notes } = await newestNotes(deps, input);
    const told = new Set(notes.map(identityOf));
    for (const note of notes.reverse()) tell(note);
    emit({ stage: 'ready', status: 'done' });
    for (const note of waiting) if (!told.has(identityOf(note))) tell(note);
    waiting = null;
    await aborted(signal);
  } finally {
    stop();
  }
}

async function newestNotes(
  deps: ListDeps,
  input: ListArrivalsInput,
): Promise<{ notes: ArrivalNote[]; hasMore: boolean }> {
  const filter = await filterOf(deps, input);
  const fits = arrivalFilter(filter);
  const since = filter.since === undefined ? Number.NEGATIVE_INFINITY : filter.since * 1000;
  const notes: ArrivalNote[] = [];
  for await (const note of deps.arrivals.newest()) {
    // They are in the order in which they ended, as far as the clock went forward.
    if (note.at + note.ms < since - CLOCK_SLACK) break;
    if (!fits(note)) continue;
    if (notes.length === input.limit) return { notes, hasMore: true };
    notes.push(note);
  }
  return { notes, hasMore: false };
}

async function filterOf(
  { identities }: ListDeps,
  { as, issuer, ...wanted }: ListArrivalsInput,
): Promise<ArrivalFilter> {
  const tenant = as === undefined ? undefined : (await actingTenant(identities, as)).idTag;
  return { ...wanted, tenant, issuer: issuer === undefined ? undefined : parseIdTag(issuer) };
}

function identityOf({ at, ms, actionId, request, times }: ArrivalNote): string {
  return JSON.stringify([at, ms, actionId, request, times]);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
