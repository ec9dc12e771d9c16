import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';

/** What the owner of an action tells of it, as a STAT's content (specification: Counts). */
export interface Counts {
  /** The total of reactions, then letter and count of each kind, most first: `3,L2,W1`. */
  r: string;
  /** Comments. */
  c: number;
  /** When the last of them was written, unix seconds; 0 without one. */
  ct: number;
  /** Reposts. */
  rp: number;
}

/** Reaction letters by subtype. */
const LETTERS: ReadonlyMap<string | null, string> = new Map([
  // One that doesn't say which is a plain like.
  [null, 'L'],
  ['LIKE', 'L'],
  ['LOVE', 'V'],
  ['LAUGH', 'H'],
  ['WOW', 'W'],
  ['SAD', 'S'],
  ['ANGRY', 'A'],
]);

type CountStore = Pick<Store, 'rows' | 'row'>;

/**
 * Counts what is stored about an action: of each person the reaction that stands (a later one replaces it, REACT:DEL takes it
 * back), and comments and reposts that weren't deleted.
 */
export function countsOf(store: CountStore, tenant: string, actionId: string): Counts {
  const counted = { subject: actionId, statuses: ['A'] as const, current: true };
  const byLetter = new Map<string, number>();
  for (const { subtype } of store.rows(tenant, { ...counted, types: ['REACT'] })) {
    const letter = LETTERS.get(subtype);
    if (letter !== undefined) byLetter.set(letter, (byLetter.get(letter) ?? 0) + 1);
  }
  let c = 0;
  let ct = 0;
  const comments = { types: ['CMNT'], parent: actionId, statuses: ['A'] as const };
  for (const { createdAt } of store.rows(tenant, { ...comments, where: ({ subtype }) => subtype === null })) {
    c += 1;
    ct = Math.max(ct, createdAt);
  }
  const reposts = store.rows(tenant, { ...counted, types: ['REPOST'], where: ({ subtype }) => subtype === null });
  return { r: reactionText(byLetter), c, ct, rp: [...reposts].length };
}

function reactionText(byLetter: ReadonlyMap<string, number>): string {
  const kinds = [...byLetter].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  return [total, ...kinds.map(([letter, count]) => `${letter}${count}`)].join(',');
}

/** What an action of this kind is counted for: the subject of a reaction or a repost, the parent of a comment. */
export function countedFor({ type, subject, parent }: Pick<ActionRow, 'type' | 'subject' | 'parent'>): string | null {
  if (type === 'CMNT') return parent;
  return type === 'REACT' || type === 'REPOST' ? subject : null;
}

/** Is it ours to tell how an action is counted: are we its audience, else its issuer? */
export function isCountedHere(store: Pick<Store, 'row'>, tenant: string, actionId: string): boolean {
  const row = store.row(tenant, actionId);
  return row !== null && row.status === 'A' && (row.audience ?? row.issuer) === tenant;
}
