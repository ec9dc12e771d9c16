/** An arriving token, and what each stage of its way adds to it (`arrival-stages.ts`). */
import type { ResolvedKey } from '../../federation/keys/key-resolver.ts';
import { type ActionRule, actionKey, actionRule, splitType } from '../../protocol/action-types.ts';
import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import type { ArrivalStage, RefusalCheck } from '../../protocol/refusal.ts';
import type { ActionClaims, DecodedToken } from '../../protocol/token.ts';
import type { Check } from '../../protocol/verify.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { Sender } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/**
 * How a token came: `inbox` and `sync` by a request of its own, `related` along with another one, `parked` out of parking. Only
 * `sync` wants the verdict now.
 */
export type Origin = 'inbox' | 'sync' | 'related' | 'parked';

/** A token as it came in. */
export interface ArrivedToken {
  /** The identity whose inbox it came to. */
  tenant: string;
  token: string;
  origin: Origin;
  /** Where it was decoded already, to see whether it is worth the way. */
  decoded?: DecodedToken;
  /** Tokens that came along. */
  related?: readonly string[];
  /** Absent when nobody's address is to blame. */
  sender?: Sender | null;
  /** What is stored with the outcome, in the same record: a parked token that is no longer. */
  eventsWith?: (outcome: Receipt['outcome']) => JournalEvent[];
}

/** After `decode`. */
export interface DecodedArrival extends ArrivedToken {
  decoded: DecodedToken;
  actionId: string;
}

/** After `checks`: everything that needs no key was checked, and the claims have the right shape. */
export interface CheckedArrival extends DecodedArrival {
  claims: ActionClaims;
  checks: Check[];
}

/** After `key`. */
export interface KeyedArrival extends CheckedArrival {
  /** The key, where it came from, and what the issuer calls itself. */
  issuerKey: ResolvedKey;
}

/** After `signature`: the claims are the issuer's. */
export type VerifiedArrival = KeyedArrival;

/** An action that is verified, before anything is decided about it. */
export interface Arrival {
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

/** After `recipient`: an action for this inbox. */
export type AddressedArrival = VerifiedArrival & Arrival;

/** After `effects`: what is written, and what is answered. */
export type DecidedArrival = AddressedArrival & {
  outcome: 'stored' | 'passed-on' | 'ignored';
  /** One journal record; empty when there is nothing to keep. */
  events: JournalEvent[];
  /** Does it queue deliveries? */
  queues: boolean;
};

/** Who and how: the parts of an arrival that the token doesn't tell. */
export type ArrivalContext = Pick<Arrival, 'tenant' | 'endorsed' | 'role' | 'companions'>;

/** @throws CloudilloError `token.type` for what is no action that an inbox takes */
export function arrivalOf(decoded: DecodedToken, claims: ActionClaims, context: ArrivalContext): Arrival {
  const { type, subtype } = splitType(claims.t);
  const rule = actionRule(type);
  if (rule === null || rule.neverStored) {
    throw refused('token.type', `Action type not supported: ${claims.t}`, 'type');
  }
  const { token, actionId } = decoded;
  const { tenant, endorsed, role, companions } = context;
  const key = actionKey(claims);
  return { tenant, decoded, token, actionId, claims, type, subtype, rule, key, endorsed, role, companions };
}

/** A token that is wrong in itself: 400. */
export function refused(code: CodeOf<'token'>, message: string, check: RefusalCheck): CloudilloError {
  return new CloudilloError(code, message, { stage: 'checks', check });
}

/** A sound token whose issuer may not do this: 403. */
export function denied(message: string, check: RefusalCheck): CloudilloError {
  return new CloudilloError('permission.denied', message, { stage: 'permission', check });
}

/** What a stage throws, as a refusal that names the stage. */
export function refusedIn(error: unknown, stage: string): unknown {
  return error instanceof CloudilloError ? refusedAt(error, { stage: stage as ArrivalStage }) : error;
}
