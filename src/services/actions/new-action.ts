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
 * What an owner wants to say, in the words of `POST /api/actions`. Absent fields are left out, or get a default
 * (specification: Broadcast; Visibility).
 */
export interface NewAction {
  /** `POST`; or with its subtype, `POST:TEXT`, when `subType` is absent. */
  type: string;
  subType?: string;
  /** In any spelling of the name. */
  audienceTag?: string;
  content?: unknown;
  /** File IDs; the files have to be here. */
  attachments?: string[];
  subject?: string;
  parentId?: string;
  visibility?: string;
  flags?: string;
  /** Unix seconds. */
  expiresAt?: number;
}

/** Claims without what the signer fills in. */
export type DraftClaims = Partial<ActionClaims> & { t: string };

/** A draft in claims: the type is known, the audience canonical; nothing else is checked yet. */
export interface Draft {
  type: string;
  subtype: string | null;
  rule: ActionRule;
  claims: DraftClaims;
  /** What was asked for; absent: the default. */
  visibility: Visibility | null;
}

/** @throws CloudilloError `usage.action`, `usage.id-tag` */
export function draftOf(given: NewAction, now: number): Draft {
  const t = given.subType === undefined ? given.type : `${given.type}:${given.subType}`;
  const { type, subtype } = splitType(t);
  const rule = actionRule(type);
  if (rule === null || rule.neverStored) throw unknownType(t);
  const breach = checkType(t);
  if (breach) throw wrongDraft(breach.reason);
  const { visibility, expiresAt } = given;
  if (visibility !== undefined && !isVisibility(visibility)) {
    throw wrongDraft(`Visibility ${JSON.stringify(visibility)} is none of P, V, 2, F, C, S, D`);
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

/** What every inbox would check: shapes, field rules, content. @throws CloudilloError `usage.action` */
export function assertSound(tenant: string, claims: DraftClaims): void {
  const whole = { iat: 0, ...claims, iss: tenant, k: 'new' } as ActionClaims;
  try {
    assertClaims(whole);
  } catch (cause) {
    if (cause instanceof CloudilloError) throw wrongDraft(cause.message, cause);
    throw cause;
  }
  if (claims.f !== undefined && !/^[RCO]*$/i.test(claims.f)) {
    throw wrongDraft(`Flags ${JSON.stringify(claims.f)} are not of the letters R, C, O and r, c, o`);
  }
  const breach = checkFields(whole) ?? checkContent(whole);
  if (breach) throw wrongDraft(breach.reason);
}

function unknownType(t: string): CloudilloError {
  const hint = `The types are ${ACTION_TYPES.join(', ')}`;
  return new CloudilloError('usage.action', `Action type not supported: ${t}`, { stage: 'input', hint });
}

/** A draft that no instance would take. */
export function wrongDraft(message: string, cause?: unknown): CloudilloError {
  const hint = 'docs/actions.md has a table of what each type needs';
  return new CloudilloError('usage.action', message, { stage: 'input', hint, cause });
}

/** A decision that its action doesn't ask for. @param hint what can be done about that action */
export function wrongDecision(message: string, hint: string): CloudilloError {
  return new CloudilloError('usage.action', message, { stage: 'input', hint });
}

/** A sound draft that its author may not send. */
export function notAllowed(message: string, hint?: string): CloudilloError {
  return new CloudilloError('permission.denied', message, { stage: 'permission', ...(hint && { hint }) });
}

/** It doesn't fit what is already so. */
export function conflict(message: string, hint?: string): CloudilloError {
  return new CloudilloError('check.state', message, { stage: 'input', ...(hint && { hint }) });
}

/** What the draft names isn't here. */
export function unknownAction(message: string, hint = 'List them with: cloudillo actions'): CloudilloError {
  return new CloudilloError('store.no-action', message, { stage: 'store', hint });
}
