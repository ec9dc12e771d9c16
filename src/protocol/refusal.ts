import type { CheckId } from './check.ts';
import type { Blame, ErrorCode } from './error-table.ts';

/** The stages of an arriving action, in their order. A refusal names the one that it was made in. */
export const ARRIVAL_STAGE_NAMES = [
  'decode',
  'known',
  'checks',
  'key',
  'signature',
  'recipient',
  'blocked',
  'permission',
  'effects',
  'record',
  'announce',
  'answer',
] as const;

/** One of {@link ARRIVAL_STAGE_NAMES}. */
export type ArrivalStage = (typeof ARRIVAL_STAGE_NAMES)[number];

/** Where in a flow something failed. Errors name it so that a reader knows which machine, file or record to look at. */
export type Stage =
  | ArrivalStage
  | 'input'
  | 'home'
  | 'store'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'request'
  | 'response'
  | 'profile'
  | 'token'
  | 'delivery'
  | 'server';

/** Which question was answered with no: a check of the token, or one that the store or the server decides. */
export type RefusalCheck =
  | CheckId
  /** Does the owner block the issuer? */
  | 'block'
  /** Does the owner follow the issuer, or is connected with it? */
  | 'relation'
  /** Is what is to be changed the issuer's own? */
  | 'ownership'
  /** Does the action that it is about allow it? */
  | 'flags'
  /** May everybody read what is to be passed on? */
  | 'visibility'
  /** Was there a request that this answers? */
  | 'request'
  /** Is it about what the issuer may approve or relay, and may its carrier bring it? */
  | 'approval'
  /** Does the issuer have the role in the conversation? */
  | 'role'
  /** Has the issuer to do with what it tells of? */
  | 'presence'
  /** Does the address send too much? */
  | 'rate-limit'
  /** Is the address banned? */
  | 'ban'
  /** Has the server room for it? */
  | 'capacity';

/**
 * Why something was refused, as data: made where it is decided, and carried to whoever prints, answers, logs or keeps it. Every
 * `CloudilloError` has one.
 */
export interface Refusal {
  code: ErrorCode;
  /** null: there was no single question. */
  check: RefusalCheck | null;
  stage: Stage | null;
  /** Who is at fault. */
  blame: Blame;
  /** When to try again, unix milliseconds. null: nobody said, or never. */
  retryAt: number | null;
  /** Host, status, path. Never a secret. */
  facts: Readonly<Record<string, unknown>>;
}
