/** The roles in a conversation (specification: Roles in a conversation). */
import type { ActionClaims } from './claims.ts';

/** Lowest first. Roles are local to the instance that holds the conversation. */
export const ROLES = ['observer', 'member', 'moderator', 'admin'] as const;
/** A role in a conversation. */
export type Role = (typeof ROLES)[number];

/** The role in an action's content, or `null`. */
export function roleOf(claims: Pick<ActionClaims, 'c'> | undefined): Role | null {
  const role = (claims?.c as { role?: unknown } | null | undefined)?.role;
  return ROLES.find((known) => known === role) ?? null;
}
