/** Which cases a run makes, and why it leaves the others out. */
import type { Case, Need } from './case.ts';
import type { Target } from './target.ts';

/** The third bad signature bans the sender (specification: Bans). Somebody else's instance gets at most so many. */
const SAFE_BAD_SIGNATURES = 2;

/** What a run may do. */
export interface PlanInput {
  /** Names of cases or groups; empty: all. */
  only: readonly string[];
  skip: readonly string[];
  /** Make the cases that leave something behind. */
  write: boolean;
  /** The instance is one of a sandbox: nobody minds a ban. */
  own: boolean;
  /** Send as many bad signatures as there are cases for, and provoke a ban. */
  mayBan: boolean;
}

/** A case of a plan. */
export interface PlannedCase {
  case: Case;
  /** Why it isn't made; null: it is. */
  skipped: string | null;
}

const MISSING: Record<Need, string> = {
  peer: 'it needs a peer: --peer of a sandbox, or --as of this home',
  'own-peer': 'it needs a peer whose keys it can change: --peer of a sandbox',
  'two-peers': 'it needs two peers: --peer of a sandbox, twice',
  owner: 'it needs the owner: --api-key-file',
};

/** Whether a name is one of these: whole, or as a group before the dot. */
export function isNamed(name: string, names: readonly string[]): boolean {
  return names.some((one) => name === one || name.startsWith(`${one}.`));
}

/** Plans a run. What isn't named is left out; what can't be made is skipped, with the reason. */
export function planCases(
  cases: readonly Case[],
  target: Pick<Target, 'peers' | 'owner'>,
  { only, skip, write, own, mayBan }: PlanInput,
): PlannedCase[] {
  let left = own || mayBan ? Number.POSITIVE_INFINITY : SAFE_BAD_SIGNATURES;
  const named = cases.filter(({ name }) => (only.length === 0 || isNamed(name, only)) && !isNamed(name, skip));
  // The sort is stable. Bad signatures come last, and what provokes a penalty at the very end.
  const ordered = named.toSorted((a, b) => weight(a) - weight(b));
  return ordered.map((one) => {
    const missing = (one.needs ?? []).find((need) => !isMet(need, target));
    if (missing) return { case: one, skipped: MISSING[missing] };
    if (one.writes && !write) return { case: one, skipped: 'it leaves something behind: --write' };
    const bad = one.badSignatures ?? 0;
    if (one.provokes && !mayBan) return { case: one, skipped: 'it provokes a penalty for this address: --may-ban' };
    if (bad > left) return { case: one, skipped: 'another bad signature may ban this address: --may-ban' };
    left -= bad;
    return { case: one, skipped: null };
  });
}

function weight({ provokes, badSignatures = 0 }: Case): number {
  if (provokes) return 2;
  return badSignatures > 0 ? 1 : 0;
}

function isMet(need: Need, { peers, owner }: Pick<Target, 'peers' | 'owner'>): boolean {
  if (need === 'owner') return owner !== null;
  if (need === 'two-peers') return peers.length >= 2;
  return need === 'peer' ? peers.length >= 1 : Boolean(peers[0]?.own);
}
