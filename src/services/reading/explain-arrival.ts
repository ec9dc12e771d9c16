/** The whole story of one arrival, or of one action. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { ArrivalNote } from '../../store/model/arrival-note.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { type AnsweredDelivery, listDeliveries, withAnswer } from '../delivery/list-deliveries.ts';
import type { Deps } from '../runtime/deps.ts';
import { type ArrivalView, arrivalView } from './arrival-view.ts';
import { deliveryStep } from './delivery-step.ts';
import { nextStep } from './next-step.ts';

/** The action as it is stored now. */
export interface StoredNow {
  tenant: string;
  actionId: string;
  /** With its subtype. */
  type: string;
  issuer: string;
  direction: 'in' | 'out';
  status: ActionRow['status'];
  visibility: string | null;
}

/** The story of an arrival or an action. */
export interface Story {
  /** The latest arrival; null when none is in the log, as of an action that was made here. */
  arrival: ArrivalView | null;
  /** What has to be different for it to be accepted, or who knows it; null when it was accepted. */
  next: string | null;
  /** Earlier arrivals of the same, newest first. */
  earlier: ArrivalView[];
  /** How the action is stored now; null when it isn't. */
  stored: StoredNow | null;
  /** The deliveries of the action, and of what was signed in answer to it. */
  deliveries: AnsweredDelivery[];
}

/** What to explain. */
export interface ExplainInput {
  /** An action ID or its beginning, the ID of a request, or `last`. */
  what: string;
  /** With `last`: the latest arrival whatever became of it, also a probe, not only a refused one. */
  any?: boolean | undefined;
}

type ExplainDeps = Pick<Deps, 'arrivals' | 'store' | 'identities'>;

const SHORTEST = 'a1~'.length + 4;
/** The most earlier arrivals that are told. */
const EARLIER = 20;
const DELIVERIES = 100;

/**
 * Tells everything that is known of an arrival.
 * @throws CloudilloError `store.no-arrival`, `usage.action-id` (too short, or the beginning of several)
 */
export async function explainArrival(deps: ExplainDeps, { what, any = false }: ExplainInput): Promise<Story> {
  if (what === 'last') return storyOf(deps, await andBefore(deps, await lastOf(deps, any)), null);
  const isAction = what.startsWith('a1~');
  if (isAction && what.length < SHORTEST) {
    throw new CloudilloError('usage.action-id', `"${what}" is too short for the beginning of an action ID`, {
      stage: 'input',
      hint: 'At least 4 characters after a1~ are needed',
    });
  }
  const notes: ArrivalNote[] = [];
  for await (const note of deps.arrivals.newest()) {
    if (isAction ? note.actionId?.startsWith(what) : note.request === what) notes.push(note);
  }
  const stored = isAction ? await storedBeginning(deps.store, what) : [];
  const ids = new Set([...notes.map(({ actionId }) => actionId), ...stored.map(({ actionId }) => actionId)]);
  if (isAction && ids.size > 1 && !ids.has(what)) throw ambiguous(what, ids);
  const exact = ids.has(what) ? what : null;
  const fits = <T extends { actionId: string | null }>({ actionId }: T) => exact === null || actionId === exact;
  if (notes.length === 0 && stored.length === 0) throw nothingFound(what);
  return storyOf(deps, notes.filter(fits), stored.find(fits) ?? null);
}

/** The latest arrival that was refused, or of all. A probe never could have been an action. */
async function lastOf({ arrivals }: ExplainDeps, any: boolean): Promise<ArrivalNote> {
  for await (const note of any ? arrivals.newest() : arrivals.newestRefusals()) {
    if (note.outcome === 'unrecorded' || (note.probe && !any)) continue;
    if (any || note.outcome === 'refused' || note.outcome === 'rate-limited') return note;
  }
  throw new CloudilloError('store.no-arrival', `Nothing${any ? '' : ' that was refused'} is in the log of arrivals`, {
    stage: 'store',
    hint: any ? 'See whether a server runs: cloudillo status' : 'See what came: cloudillo inbox log',
  });
}

/** The arrival, and those of the same action before it, newest first. */
async function andBefore({ arrivals }: ExplainDeps, last: ArrivalNote): Promise<ArrivalNote[]> {
  const notes = [last];
  if (last.actionId === null) return notes;
  for await (const note of arrivals.newest()) {
    if (note.actionId !== last.actionId || note.at > last.at || isSame(note, last)) continue;
    notes.push(note);
  }
  return notes;
}

/** Whether both are of one request; a note has no other name. */
function isSame(one: ArrivalNote, other: ArrivalNote): boolean {
  return one.at === other.at && one.request === other.request && one.origin === other.origin;
}

type Row = ActionRow & { tenant: string };

async function storyOf(deps: ExplainDeps, notes: readonly ArrivalNote[], found: Row | null): Promise<Story> {
  const [note = null, ...earlier] = notes;
  const row = found ?? rowOf(deps.store, note);
  const answers = note?.change?.answers.map(({ actionId }) => actionId) ?? [];
  const own = row?.direction === 'out' ? [row.actionId] : [];
  const deliveries: AnsweredDelivery[] = [];
  for (const actionId of [...own, ...answers]) {
    if (deps.store.deliveries({ actionId, limit: 1 }).length === 0) continue;
    const listed = (await listDeliveries(deps, { actionId, limit: DELIVERIES })).deliveries;
    for (const delivery of listed) deliveries.push(await withAnswer(deps, delivery));
  }
  return {
    arrival: note && arrivalView(note),
    next:
      (note && (mendedSince(deps.store, note) ?? nextStep(note, blockOf(deps.store, note)))) ??
      deliveryStep(deliveries),
    earlier: earlier.slice(0, EARLIER).map(arrivalView),
    stored: row && storedNow(row),
    deliveries,
  };
}

/** Where what refused it holds no longer: the block was ended, or the issuer is followed now. */
function mendedSince(store: Deps['store'], { tenant, issuer, refusal }: ArrivalNote): string | null {
  if (tenant === null || issuer === null || refusal?.code !== 'permission.denied') return null;
  const { following, connected } = store.relation(tenant, issuer);
  const { blocked } = store.treatment(tenant, issuer);
  const isMended =
    (refusal.check === 'block' && !blocked) || (refusal.check === 'relation' && !blocked && (following || connected));
  return isMended
    ? 'That holds no longer: it is taken now. The sender sends it again: cloudillo deliveries retry there'
    : null;
}

/** The domain whose block holds for the issuer; undefined: it is blocked by its name, or not at all. */
function blockOf(store: Deps['store'], { tenant, issuer }: ArrivalNote): string | undefined {
  return tenant !== null && issuer !== null ? store.treatment(tenant, issuer).by : undefined;
}

function rowOf(store: Deps['store'], note: ArrivalNote | null): Row | null {
  if (!note?.tenant || !note.actionId) return null;
  const row = store.row(note.tenant, note.actionId);
  return row && { ...row, tenant: note.tenant };
}

/** A stored action whose ID begins so, of any tenant: those of two different IDs at most. */
async function storedBeginning(store: Deps['store'], beginning: string): Promise<Row[]> {
  const found: Row[] = [];
  for (const tenant of store.tenants()) {
    const exact = store.row(tenant, beginning);
    // The given ID is kept: it may be another one of the same action.
    if (exact) found.push({ ...exact, actionId: beginning, tenant });
    const ids = exact ? [] : await store.actionsBeginningWith(tenant, beginning, 2);
    for (const id of ids) {
      const row = store.row(tenant, id);
      if (row) found.push({ ...row, tenant });
    }
  }
  return found;
}

function storedNow({ tenant, actionId, type, subtype, issuer, direction, status, visibility }: Row): StoredNow {
  return { tenant, actionId, type: subtype ? `${type}:${subtype}` : type, issuer, direction, status, visibility };
}

function ambiguous(what: string, ids: ReadonlySet<string | null>): CloudilloError {
  return new CloudilloError('usage.action-id', `Several actions begin with ${what}`, {
    stage: 'input',
    hint: `For example ${[...ids].slice(0, 2).join(' and ')}`,
  });
}

function nothingFound(what: string): CloudilloError {
  const kind = what.startsWith('a1~') ? 'action' : 'request';
  return new CloudilloError('store.no-arrival', `No ${kind} ${what} is in the store or in the log of arrivals`, {
    stage: 'store',
    hint: `The log keeps the latest only, or it never got here: ask the sender, who runs "cloudillo explain ACTIONID". What came here: cloudillo inbox log`,
  });
}
