/**
 * An arriving token, and what each stage adds to it (`arrival-stages.ts`). A stage writes what it found into the arrival itself, field by
 * field: V8 is slow at copies of so many fields, and at `Object.assign`.
 */
import type { ResolvedKey } from '../../federation/keys/key-resolver.ts';
import { type ActionRule, actionKey, actionRule, splitType } from '../../protocol/action-types.ts';
import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import type { ArrivalStage, RefusalCheck } from '../../protocol/refusal.ts';
import type { ActionClaims, DecodedToken } from '../../protocol/token.ts';
import type { Check } from '../../protocol/verify.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ArrivalFacts } from './arrival-facts.ts';
import type { Sender } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/**
 * How a token came. `inbox` and `sync`: by a request of its own. `related`: along with another token. `parked`: from parking.
 * Only `sync` waits for the verdict.
 */
export type Origin = 'inbox' | 'sync' | 'related' | 'parked';

/** A token as it arrived. */
export interface ArrivedToken {
  /** The tenant whose inbox it arrived at. */
  tenant: string;
  token: string;
  origin: Origin;
  /** The decoded token, where the caller has decoded it already. */
  decoded?: DecodedToken;
  /** Related tokens. */
  related?: readonly string[];
  /** Absent when no address sent it, or its address isn't counted. */
  sender?: Sender | null;
  /** The request that brought it: its ID, and the address of its client. Absent when no request brought the token. */
  request?: { id: string; address: string };
  /** Gets what the stages find out. Absent when nobody notes the arrival. */
  facts?: ArrivalFacts;
  /** Whether a token from parking stays there after this error. */
  staysParked?: (error: unknown) => boolean;
  /** The network block of that address. Absent when no request brought the token. */
  network?: string;
  /** Events for the record of the outcome, such as the end of parking. */
  eventsWith?: (outcome: Receipt['outcome']) => JournalEvent[];
}

/** After `decode`. */
export interface DecodedArrival extends ArrivedToken {
  decoded: DecodedToken;
  actionId: string;
}

/** After `checks`: the checks without a key passed, and the claims have the right shape. */
export interface CheckedArrival extends DecodedArrival {
  claims: ActionClaims;
  checks: Check[];
}

/** After `key`. */
export interface KeyedArrival extends CheckedArrival {
  /** The key, its source, and the issuer's profile. */
  issuerKey: ResolvedKey;
}

/** After `signature`: the issuer signed the claims. */
export type VerifiedArrival = KeyedArrival;

/** A verified action, before any decision. */
export interface Arrival {
  tenant: string;
  decoded: DecodedToken;
  token: string;
  actionId: string;
  claims: ActionClaims;
  type: string;
  subtype: string | null;
  rule: ActionRule;
  /** The key of its type's pattern; null when the type has none. */
  key: string | null;
  /** An accepted action names this one and brought it. Its issuer then needs no relation to the tenant. */
  endorsed: boolean;
  /** `main`: by itself. `related`: along with another action. */
  role: 'main' | 'related';
  /** The claims of the related tokens, by action ID. Their signatures aren't verified yet. */
  relatedClaims: ReadonlyMap<string, ActionClaims>;
}

/** After `recipient`: an action for this inbox. */
export type AddressedArrival = VerifiedArrival & Arrival;

/** After `effects`: what is stored, and what is answered. */
export type DecidedArrival = AddressedArrival & {
  outcome: 'stored' | 'announced' | 'ignored';
  /** The events of one journal record; empty when nothing is stored. */
  events: JournalEvent[];
  /** Whether the events queue deliveries. */
  queues: boolean;
};

/** The arrival of a token, with a place for everything that the stages find. An object that grows is copied every few fields. */
export function beginArrival(arrived: ArrivedToken, facts: ArrivalFacts): ArrivedToken {
  const { tenant, token, origin, decoded, related, sender, request, staysParked, network, eventsWith } = arrived;
  return {
    tenant,
    token,
    origin,
    decoded,
    related,
    sender,
    request,
    facts,
    staysParked,
    network,
    eventsWith,
    actionId: undefined,
    claims: undefined,
    checks: undefined,
    issuerKey: undefined,
    type: undefined,
    subtype: undefined,
    rule: undefined,
    key: undefined,
    endorsed: undefined,
    role: undefined,
    relatedClaims: undefined,
    outcome: undefined,
    events: undefined,
    queues: undefined,
  } satisfies Record<keyof DecidedArrival, unknown> as ArrivedToken;
}

/** The parts of an arrival that are not in the token. */
export type ArrivalContext = Pick<Arrival, 'tenant' | 'endorsed' | 'role' | 'relatedClaims'>;

/** Makes the arrival of verified claims. @throws CloudilloError `token.type` for a type that no inbox accepts */
export function arrivalOf(decoded: DecodedToken, claims: ActionClaims, context: ArrivalContext): Arrival {
  const { type, subtype } = splitType(claims.t);
  const rule = actionRule(type);
  if (rule === null || rule.neverStored) {
    throw refused('token.type', `Action type not supported: ${claims.t}`, 'type');
  }
  const { token, actionId } = decoded;
  const { tenant, endorsed, role, relatedClaims } = context;
  const key = actionKey(claims);
  return { tenant, decoded, token, actionId, claims, type, subtype, rule, key, endorsed, role, relatedClaims };
}

/** The error for a token that is wrong in itself: 400. */
export function refused(code: CodeOf<'token'>, message: string, check: RefusalCheck): CloudilloError {
  return new CloudilloError(code, message, { stage: 'checks', check });
}

/** The error for a valid token whose issuer may not do this: 403. */
export function denied(message: string, check: RefusalCheck): CloudilloError {
  return new CloudilloError('permission.denied', message, { stage: 'permission', check });
}

/** The error of a stage, as a refusal that names the stage. */
export function refusedIn(error: unknown, stage: string): unknown {
  return error instanceof CloudilloError ? refusedAt(error, { stage: stage as ArrivalStage }) : error;
}
