/**
 * The locks of one home, from the outermost to the innermost: whoever holds one may take only those further down. A lock that is
 * held while a peer is asked stands above all that are held for a decision and its append.
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
  /** What an owner decides about one action. */
  'decision',
  /** An attempt to deliver from a tenant to a peer. */
  'attempt',
  /** How one delivery ends. */
  'settlement',
  /** The relation of a tenant with a peer: read, then stored as a whole. */
  'relation',
  /** Who subscribes to a conversation of a tenant's. */
  'conversation',
  /** A tenant's actions with the same key. */
  'action-key',
  /** A tenant's actions that say the same, of a type without a key. */
  'equal-actions',
  /** The number of tokens that are parked. */
  'parking',
] as const;

/** Locks of the whole home. */
type HomeLock = { kind: 'proof-of-work' | 'settings' | 'parking' };

/** Locks of one tenant; `of` is what the lock is about: an action, a key. */
type TenantLock =
  | { kind: 'keys'; tenant: string }
  | { kind: 'sending' | 'decision' | 'conversation' | 'action-key' | 'equal-actions'; tenant: string; of: string };

/** Locks of one tenant and one peer; a settlement is about one action. */
type PeerLock =
  | { kind: 'follow' | 'attempt' | 'relation'; tenant: string; peer: string }
  | { kind: 'settlement'; tenant: string; peer: string; of: string };

/** The name of a lock. Two of the same name are the same lock. */
export type Lock = HomeLock | TenantLock | PeerLock;

/** The place in {@link LOCK_ORDER}. */
export function lockRank({ kind }: Lock): number {
  return LOCK_ORDER.indexOf(kind);
}

/** The name as one text. No part of it but the last holds a space. */
export function lockName(lock: Lock): string {
  if (!('tenant' in lock)) return lock.kind;
  const of = 'of' in lock ? ` ${lock.of}` : '';
  return 'peer' in lock ? `${lock.kind} ${lock.tenant} ${lock.peer}${of}` : `${lock.kind} ${lock.tenant}${of}`;
}
