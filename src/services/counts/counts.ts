/** Counts the reactions, comments and reposts of an action. */
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';

/** The content of a STAT (specification: Counts). */
export interface Counts {
  /** The total of reactions, then letter and count of each kind, the most frequent first: `3,L2,W1`. */
  r: string;
  /** The number of comments. */
  c: number;
  /** When the last comment was written, unix seconds; 0 without one. */
  ct: number;
  /** The number of reposts. */
  rp: number;
}

/** Reaction letters by subtype. */
const LETTERS: ReadonlyMap<string | null, string> = new Map([
  // A reaction without a subtype is a like.
  [null, 'L'],
  ['LIKE', 'L'],
  ['LOVE', 'V'],
  ['LAUGH', 'H'],
  ['WOW', 'W'],
  ['SAD', 'S'],
  ['ANGRY', 'A'],
]);

type CountStore = Pick<Store, 'visit'>;

/**
 * Counts the stored reactions, comments and reposts of an action. Each issuer's latest reaction counts; REACT:DEL
 * removes it. Deleted comments and reposts don't count. In slices: there may be a million.
 */
export async function countsOf(store: CountStore, tenant: string, actionId: string): Promise<Counts> {
  const counted = { subject: actionId, statuses: ['A'] as const, current: true };
  const byLetter = new Map<string, number>();
  let rp = 0;
  await store.visit(tenant, { ...counted, types: ['REACT', 'REPOST'] }, ({ type, subtype }) => {
    const letter = type === 'REACT' ? LETTERS.get(subtype) : undefined;
    if (letter !== undefined) byLetter.set(letter, (byLetter.get(letter) ?? 0) + 1);
    if (type === 'REPOST' && subtype === null) rp += 1;
  });
  let c = 0;
  let ct = 0;
  const comments = { types: ['CMNT'], parent: actionId, statuses: ['A'] as const };
  await store.visit(tenant, comments, ({ subtype, createdAt }) => {
    if (subtype !== null) return;
    c += 1;
    ct = Math.max(ct, createdAt);
  });
  return { r: reactionText(byLetter), c, ct, rp };
}

function reactionText(byLetter: ReadonlyMap<string, number>): string {
  const kinds = [...byLetter].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  return [total, ...kinds.map(([letter, count]) => `${letter}${count}`)].join(',');
}

/**
 * The action that this one is counted for: the subject of a reaction or a repost, the parent of a comment; null for
 * other types.
 */
export function countedFor({ type, subject, parent }: Pick<ActionRow, 'type' | 'subject' | 'parent'>): string | null {
  if (type === 'CMNT') return parent;
  return type === 'REACT' || type === 'REPOST' ? subject : null;
}

/** Whether the tenant reports the counts of this action. Its audience does, else its issuer. */
export function isCountedHere(store: Pick<Store, 'row'>, tenant: string, actionId: string): boolean {
  const row = store.row(tenant, actionId);
  return row !== null && row.status === 'A' && (row.audience ?? row.issuer) === tenant;
}
