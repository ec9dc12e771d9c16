/** Drafts of actions, and the errors of drafts. */
import {
  ACTION_TYPES,
  type ActionRule,
  actionRule,
  checkContent,
  checkFields,
  checkType,
  splitType,
} from '../../protocol/action-types.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import { type ActionClaims, assertClaims } from '../../protocol/token.ts';
import { isVisibility, type Visibility } from '../../protocol/visibility.ts';

/**
 * A new action in the form of `POST /api/actions`. Absent fields stay absent or get a default (specification:
 * Broadcast; Visibility).
 */
export interface NewAction {
  /** The type: `POST`, or with its subtype `POST:TEXT` when `subType` is absent. */
  type: string;
  subType?: string;
  /** An idTag in any spelling. */
  audienceTag?: string;
  content?: unknown;
  /** IDs of stored files. */
  attachments?: string[];
  subject?: string;
  parentId?: string;
  visibility?: string;
  flags?: string;
  /** Unix seconds. */
  expiresAt?: number;
}

/** Claims without those that the signer adds. */
export type DraftClaims = Partial<ActionClaims> & { t: string };

/** A draft as claims. Its type is known and its audience canonical; nothing else is checked yet. */
export interface Draft {
  type: string;
  subtype: string | null;
  rule: ActionRule;
  claims: DraftClaims;
  /** The given visibility; null for the default. */
  visibility: Visibility | null;
}

/**
 * Turns the input into a draft.
 * @param now unix seconds
 * @throws CloudilloError `usage.action`, `usage.id-tag`
 */
export function draftOf(given: NewAction, now: number): Draft {
  const t = given.subType === undefined ? given.type : `${given.type}:${given.subType}`;
  const { type, subtype } = splitType(t);
  const rule = actionRule(type);
  if (rule === null || rule.neverStored) throw unknownType(t);
  const breach = checkType(t);
  if (breach) throw wrongDraft(breach.reason);
  const { visibility, expiresAt } = given;
  if (visibility !== undefined && !isVisibility(visibility)) {
    throw wrongDraft(`Visibility ${JSON.stringify(visibility)} is not one of P, V, 2, F, C, S, D`);
  }
  if (expiresAt !== undefined && expiresAt <= now) throw wrongDraft('expiresAt has passed already');
  const claims = {
    t,
    c: given.content ?? undefined,
    aud: given.audienceTag === undefined ? undefined : parseIdTag(given.audienceTag),
    sub: given.subject,
    p: given.parentId,
    a: given.attachments,
    f: given.flags,
    exp: expiresAt,
  };
  const present = Object.entries(claims).filter(([, value]) => value !== undefined);
  return { type, subtype, rule, claims: Object.fromEntries(present) as DraftClaims, visibility: visibility ?? null };
}

/** Checks what every inbox checks: shapes, field rules, content. @throws CloudilloError `usage.action` */
export function assertSound(tenant: string, claims: DraftClaims): void {
  const whole = { iat: 0, ...claims, iss: tenant, k: 'new' } as ActionClaims;
  try {
    assertClaims(whole);
  } catch (cause) {
    if (cause instanceof CloudilloError) throw wrongDraft(cause.message, cause);
    throw cause;
  }
  if (claims.f !== undefined && !/^[RCO]*$/i.test(claims.f)) {
    throw wrongDraft(`Flags ${JSON.stringify(claims.f)} have letters other than R, C, O, r, c, o`);
  }
  const breach = checkFields(whole) ?? checkContent(whole);
  if (breach) throw wrongDraft(breach.reason);
}

function unknownType(t: string): CloudilloError {
  const hint = `The types are ${ACTION_TYPES.join(', ')}`;
  return new CloudilloError('usage.action', `Action type not supported: ${t}`, { stage: 'input', hint });
}

/** The error for a draft that every instance would refuse. */
export function wrongDraft(message: string, cause?: unknown): CloudilloError {
  const hint = 'docs/actions.md has a table of what each type needs';
  return new CloudilloError('usage.action', message, { stage: 'input', hint, cause });
}

/** The error for a decision that does not fit the action. @param hint what can be done instead */
export function wrongDecision(message: string, hint: string): CloudilloError {
  return new CloudilloError('usage.action', message, { stage: 'input', hint });
}

/** The error for a valid draft that its author may not send. */
export function notAllowed(message: string, hint?: string): CloudilloError {
  return new CloudilloError('permission.denied', message, { stage: 'permission', ...(hint && { hint }) });
}

/** The error for a draft that contradicts the present state. */
export function conflict(message: string, hint?: string): CloudilloError {
  return new CloudilloError('check.state', message, { stage: 'input', ...(hint && { hint }) });
}

/** The error for a reference to an action that is not stored. */
export function unknownAction(message: string, hint = 'List them with: cloudillo actions'): CloudilloError {
  return new CloudilloError('store.no-action', message, { stage: 'store', hint });
}
