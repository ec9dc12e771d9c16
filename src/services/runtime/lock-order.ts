/**
 * The locks of a home, from the outermost to the innermost. A task that holds one may take only locks further down. Locks that
 * are held while a peer is asked stand above all locks that are held for a decision and its append.
 */
export const LOCK_ORDER = [
  /** One computation of proof of work: it takes a core for up to a minute. */
  'proof-of-work',
  /** A change of `config.json`. */
  'settings',
  /** A change of a tenant's keys. */
  'keys',
  /** A follow or unfollow of a peer, up to the peer's answer. */
  'follow',
  /** One type of action that a tenant sends to one audience, up to the peer's answer. */
  'sending',
  /** A decision of the owner on one action. */
  'decision',
  /** An attempt to deliver from a tenant to a peer. */
  'attempt',
  /** The end of one delivery. */
  'settlement',
  /** The relation of a tenant to a peer, which is read and then stored as a whole. */
  'relation',
  /** The subscribers of a tenant's conversation. */
  'conversation',
  /** The tenant's actions with one key. */
  'action-key',
  /** The tenant's actions with equal claims, of a type without a key. */
  'equal-actions',
  /** The number of tokens that are parked. */
  'parking',
] as const;

/** Locks of the whole home. */
type HomeLock = { kind: 'proof-of-work' | 'settings' | 'parking' };

/** Locks of one tenant. `of` names an action or a key. */
type TenantLock =
  | { kind: 'keys'; tenant: string }
  | { kind: 'sending' | 'decision' | 'conversation' | 'action-key' | 'equal-actions'; tenant: string; of: string };

/** Locks of one tenant and one peer. A settlement is about one action. */
type PeerLock =
  | { kind: 'follow' | 'attempt' | 'relation'; tenant: string; peer: string }
  | { kind: 'settlement'; tenant: string; peer: string; of: string };

/** The name of a lock. Equal names are the same lock. */
export type Lock = HomeLock | TenantLock | PeerLock;

/** The index of the lock in {@link LOCK_ORDER}. */
export function lockRank({ kind }: Lock): number {
  return LOCK_ORDER.indexOf(kind);
}

/** The name as text. Only its last part may hold a space. */
export function lockName(lock: Lock): string {
  if (!('tenant' in lock)) return lock.kind;
  const of = 'of' in lock ? ` ${lock.of}` : '';
  return 'peer' in lock ? `${lock.kind} ${lock.tenant} ${lock.peer}${of}` : `${lock.kind} ${lock.tenant}${of}`;
}
