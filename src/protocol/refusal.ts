/** Refusals as data: which check failed, in which stage, and who is at fault. */
import type { CheckId } from './check.ts';
import type { Blame, ErrorCode } from './error-table.ts';

/** The stages of an arriving action, in order. A refusal names its stage. */
export const ARRIVAL_STAGE_NAMES = [
  'decode',
  'known',
  'checks',
  'key',
  'signature',
  'recipient',
  'blocked',
  'permission',
  'quota',
  'effects',
  'record',
  'announce',
  'answer',
] as const;

/** One of {@link ARRIVAL_STAGE_NAMES}. */
export type ArrivalStage = (typeof ARRIVAL_STAGE_NAMES)[number];

/** The step of a flow that failed. It tells a reader which machine, file or record to examine. */
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

/** The checks that the store and the server make of an arrival. */
export const SERVER_CHECKS = [
  /** The owner does not block the issuer. */
  'block',
  /** The tenant follows the issuer or is connected with it. */
  'relation',
  /** The issuer may change what the action changes: it is its own. */
  'ownership',
  /** The flags of the parent or the subject allow the action. */
  'flags',
  /** Everybody may read what the action relays or reposts. */
  'visibility',
  /** The action answers a request that exists. */
  'request',
  /** The issuer may approve or relay the subject, and the carrier may deliver it. */
  'approval',
  /** The issuer has the role in the conversation that the action needs. */
  'role',
  /** The issuer takes part in what its presence is about. */
  'presence',
  /** The day and the disk have room for what a stranger stores. */
  'quota',
  /** The address is within its rate limits. */
  'rate-limit',
  /** The address is not banned. */
  'ban',
  /** The server has capacity for the request. */
  'capacity',
] as const;

/** The check that failed: one of a token's checks, or one that the store or the server makes. */
export type RefusalCheck = CheckId | (typeof SERVER_CHECKS)[number];

/**
 * Why a request or an action was refused, as data. It is made where the refusal is decided and handed to whoever prints, answers,
 * logs or stores it. Every `CloudilloError` has one.
 */
export interface Refusal {
  code: ErrorCode;
  /** null: no single check decided. */
  check: RefusalCheck | null;
  stage: Stage | null;
  /** Who is at fault. */
  blame: Blame;
  /** When to try again, unix milliseconds. null: never, or nobody said. */
  retryAt: number | null;
  /** Facts such as host, status and path. Never a secret. */
  facts: Readonly<Record<string, unknown>>;
}
