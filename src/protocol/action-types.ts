/** The rules of the action types, from `action-types.json` (specification: Action types). */
import types from './action-types.json' with { type: 'json' };
import type { ActionClaims } from './claims.ts';
import { checkObject, checkString, type PropertyRules } from './content-schema.ts';

/** How a type treats a claim: `R` required, `-` forbidden, `o` optional. */
export type FieldRule = 'R' | '-' | 'o';

/** The rules of one type, as `action-types.json` has them. */
export interface ActionRule {
  readonly subtypes: readonly string[];
  readonly c: FieldRule;
  readonly aud: FieldRule;
  readonly p: FieldRule;
  readonly a: FieldRule;
  readonly sub: FieldRule;
  /** Accepted from an issuer that the tenant neither follows nor is connected with. */
  readonly stranger: boolean;
  /** Goes to all followers when it has no audience. */
  readonly broadcast: boolean;
  readonly approvable: boolean;
  readonly requiresSubscription: boolean;
  readonly requiresAcceptance: boolean;
  readonly subscribable: boolean;
  readonly relayChildren: boolean;
  /** The subject's token goes along in `related`. */
  readonly deliverSubject: boolean;
  readonly deliverToSubjectOwner: boolean;
  readonly localOnly: boolean;
  /** Announced to listeners, and never stored (PRES). */
  readonly ephemeral: boolean;
  /** A known type of token that is never an action (PROXY). */
  readonly neverStored: boolean;
  readonly ttlSeconds?: number;
  /** Pattern by which a later action replaces an earlier one. */
  readonly key?: string;
  readonly content?: ContentRule;
}

/** The rules of the content: a string of so many bytes, or an object with these properties. */
export type ContentRule = { string: [number, number] } | { object: PropertyRules; required?: string[] };

/** Why a token breaks the rules of its type. */
export interface RuleBreach {
  code: 'token.type' | 'token.subtype' | 'token.fields' | 'token.content';
  reason: string;
}

/** Types whose actions with an audience are between two identities (specification: Visibility). */
export const PERSONAL_TYPES: ReadonlySet<string> = new Set([
  'FLLW',
  'CONN',
  'MSG',
  'FSHR',
  'INVT',
  'SUBS',
  'PRINVT',
  'IDP:REG',
]);

/** Types that are refused when delivered to anybody but their audience (specification: Stricter than the network). */
export const RECIPIENT_BOUND_TYPES: ReadonlySet<string> = new Set([
  'FLLW',
  'CONN',
  'FSHR',
  'PRINVT',
  'IDP:REG',
  'PROXY',
]);

const FIELDS = [
  ['c', 'content'],
  ['aud', 'audience'],
  ['p', 'parent'],
  ['a', 'attachments'],
  ['sub', 'subject'],
] as const;

const RULES: ReadonlyMap<string, ActionRule> = new Map([
  ...Object.entries(types.types).map(([name, rule]) => [name, ruleFrom(rule, false)] as const),
  ...Object.entries(types.neverStored).map(([name, rule]) => [name, ruleFrom(rule, true)] as const),
]);

/** All types that an inbox takes, in the order of the table. */
export const ACTION_TYPES: readonly string[] = Object.keys(types.types);

/** Splits `REACT:LIKE` into type and subtype; whole names (`IDP:REG`) win over the split. */
export function splitType(t: string): { type: string; subtype: string | null } {
  const colon = t.indexOf(':');
  if (colon < 0 || RULES.has(t)) return { type: t, subtype: null };
  const second = t.indexOf(':', colon + 1);
  const whole = second < 0 ? '' : t.slice(0, second);
  if (RULES.has(whole)) return { type: whole, subtype: t.slice(second + 1) };
  return { type: t.slice(0, colon), subtype: t.slice(colon + 1) };
}

/** The rules of a type (without subtype); `null` for an unknown type. */
export function actionRule(type: string): ActionRule | null {
  return RULES.get(type) ?? null;
}

/** Checks that the type is known and has the subtype. @returns the breach, or `null` */
export function checkType(t: string): RuleBreach | null {
  const { type, subtype } = splitType(t);
  const rule = actionRule(type);
  if (rule === null) return { code: 'token.type', reason: `Action type not supported: ${t}` };
  if (subtype === null || rule.subtypes.includes(subtype)) return null;
  const known = rule.subtypes.length > 0 ? `it has ${rule.subtypes.join(', ')}` : 'it has none';
  return { code: 'token.subtype', reason: `Action type ${type} has no subtype '${subtype}' (${known})` };
}

/** Checks that required claims are present and forbidden ones absent. Unknown types pass: {@link checkType} reports them. */
export function checkFields(claims: ActionClaims): RuleBreach | null {
  const rule = actionRule(splitType(claims.t).type);
  if (rule === null) return null;
  const reasons: string[] = [];
  for (const [claim, name] of FIELDS) {
    // The network's parser reads `"c": null` as no content.
    const present = claims[claim] !== undefined && claims[claim] !== null;
    const empty = !present || (claim === 'a' && claims.a?.length === 0);
    if (rule[claim] === 'R' && empty) reasons.push(`Field '${name}' is required for action type ${claims.t}`);
    if (rule[claim] === '-' && present) reasons.push(`Field '${name}' is forbidden for action type ${claims.t}`);
  }
  return reasons.length > 0 ? { code: 'token.fields', reason: reasons.join('; ') } : null;
}

/**
 * Checks the content against the schema of its type. Absent content passes: {@link checkFields} reports it where it is required.
 */
export function checkContent(claims: ActionClaims): RuleBreach | null {
  const schema = actionRule(splitType(claims.t).type)?.content;
  if (!schema || claims.c === undefined || claims.c === null) return null;
  const reason =
    'string' in schema
      ? checkString(claims.c, schema.string, 'content')
      : checkObject(claims.c, schema.object, schema.required ?? [], 'content');
  return reason === null ? null : { code: 'token.content', reason };
}

/** The claims that keys are made of. */
type KeyedClaims = { [C in 't' | 'iss' | 'aud' | 'sub' | 'p' | 'c']?: ActionClaims[C] | undefined } & Pick<
  ActionClaims,
  't' | 'iss'
>;

/**
 * The key under which later actions replace earlier ones. The pattern of the type is filled in without the subtype, so that
 * `FLLW:DEL` replaces `FLLW`.
 * @returns `null` for types whose actions never replace one another
 */
export function actionKey(claims: KeyedClaims): string | null {
  const { type } = splitType(claims.t);
  const pattern = actionRule(type)?.key;
  if (pattern === undefined) return null;
  return pattern.replaceAll(/\{([a-zA-Z.]+)\}/g, (_, name: string) => keyPart(name, type, claims));
}

/** Whether content is a part of the key of a type. @param type without subtype */
export function isKeyedByContent(type: string): boolean {
  return actionRule(type)?.key?.includes('{content.') ?? false;
}

function keyPart(name: string, type: string, claims: KeyedClaims): string {
  switch (name) {
    case 'type':
      return type;
    case 'issuer':
      return claims.iss;
    case 'audience':
      return claims.aud ?? '';
    case 'subject':
      return claims.sub ?? '';
    case 'parent':
      return claims.p ?? '';
    default: {
      const content = claims.c as Record<string, unknown> | null | undefined;
      const value = content?.[name.slice('content.'.length)];
      return typeof value === 'string' ? value : '';
    }
  }
}

function ruleFrom(json: object, neverStored: boolean): ActionRule {
  const given = json as Partial<ActionRule>;
  return {
    subtypes: [],
    c: 'o',
    aud: 'o',
    p: 'o',
    a: 'o',
    sub: 'o',
    stranger: false,
    broadcast: false,
    approvable: false,
    requiresSubscription: false,
    requiresAcceptance: false,
    subscribable: false,
    relayChildren: false,
    deliverSubject: false,
    deliverToSubjectOwner: false,
    localOnly: false,
    ephemeral: false,
    ...given,
    neverStored,
  };
}
