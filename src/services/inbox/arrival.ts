import { type ActionRule, actionKey, actionRule, splitType } from '../../protocol/action-types.ts';
import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { ActionClaims, DecodedToken } from '../../protocol/token.ts';

/** A verified action at the door of an identity, before anything is decided about it. */
export interface Arrival {
  /** The identity whose inbox it is. */
  tenant: string;
  decoded: DecodedToken;
  token: string;
  actionId: string;
  claims: ActionClaims;
  type: string;
  subtype: string | null;
  rule: ActionRule;
  /** The filled-in key pattern of its type. */
  key: string | null;
  /** An accepted action names it and brought it along, or did earlier: its issuer needs no relation to us. */
  endorsed: boolean;
  /** Did it come by itself, or along with another? */
  role: 'main' | 'related';
  /** Claims of the tokens that came along, by action ID. Their signatures aren't verified yet. */
  companions: ReadonlyMap<string, ActionClaims>;
}

/** Who and how: the parts of an arrival that the token doesn't tell. */
export type ArrivalContext = Pick<Arrival, 'tenant' | 'endorsed' | 'role' | 'companions'>;

/** @throws CloudilloError `token.type` for what is no action that an inbox takes */
export function arrivalOf(decoded: DecodedToken, claims: ActionClaims, context: ArrivalContext): Arrival {
  const { type, subtype } = splitType(claims.t);
  const rule = actionRule(type);
  if (rule === null || rule.neverStored) throw refused('token.type', `Action type not supported: ${claims.t}`);
  const { token, actionId } = decoded;
  const { tenant, endorsed, role, companions } = context;
  const key = actionKey(claims);
  return { tenant, decoded, token, actionId, claims, type, subtype, rule, key, endorsed, role, companions };
}

/** A token that is wrong in itself: 400. */
export function refused(code: CodeOf<'token'>, message: string): CloudilloError {
  return new CloudilloError(code, message, { stage: 'token' });
}

/** A sound token whose issuer may not do this: 403. */
export function denied(message: string): CloudilloError {
  return new CloudilloError('permission.denied', message, { stage: 'permission' });
}
