/** One attempt to fetch a missing file. */
import { isLocalFailure } from '../../federation/http/network-failure.ts';
import { type ErrorCode, isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import type { FetchEvent } from '../../store/model/events.ts';
import { storedError } from '../../store/model/stored-error.ts';
import { isPermanent, nextAttempt } from '../delivery/delivery-policy.ts';
import { type FetchDeps, fetchAttachment } from './fetch-attachment.ts';
import type { FileSource, WantedFile } from './wanted-file.ts';

/** The state of a fetch after an attempt. */
export interface FetchReport {
  tenant: string;
  fileId: string;
  from: string;
  /** `queued`: the next attempt is at `nextAt`. `refused`, `expired`: no further attempt. */
  state: 'done' | FetchEvent['state'];
  attempts: number;
  /** Unix milliseconds. */
  nextAt: number | null;
  error: ErrorObject | null;
}

interface Failure extends FileSource {
  error: unknown;
}

/** Errors that another attempt would not change. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['peer.mismatch', 'peer.descriptor']);

/**
 * Makes one attempt to fetch a file: its sources are asked in order until one has it. The result is in the journal
 * before this resolves.
 * @returns null when `signal` aborted it
 * @throws CloudilloError `store.*`
 */
export async function tryFetch(deps: FetchDeps, wanted: WantedFile, signal: AbortSignal): Promise<FetchReport | null> {
  const { store, clock } = deps;
  const { tenant, fileId } = wanted;
  const before = store.fetch(tenant, fileId);
  const attempts = (before?.state === 'queued' ? before.attempts : 0) + 1;
  const failures: Failure[] = [];
  let noRoom: unknown;
  for (const source of wanted.sources) {
    const { from } = source;
    try {
      await store.append([await fetchAttachment(deps, wanted, source, signal)]);
      return { tenant, fileId, from, state: 'done', attempts, nextAt: null, error: null };
    } catch (error) {
      if (signal.aborted) return null;
      if (isForStrangers(error)) noRoom = error;
      else if (isOurs(error)) throw error;
      else failures.push({ ...source, error });
    }
  }
  if (noRoom !== undefined) throw noRoom;
  const passing = failures.find((failure) => !isFinal(failure));
  const { from, error } = (passing ?? failures[0]) as Failure;
  const firstAt = before?.state === 'queued' ? before.firstAt : clock.wall();
  const retryAfter = error instanceof CloudilloError ? error.retryAfter : undefined;
  const nextAt = passing ? nextAttempt(attempts, firstAt, clock, retryAfter) : null;
  const state = passing ? (nextAt === null ? 'expired' : 'queued') : 'refused';
  const told = errorToObject(error);
  await store.append([
    {
      kind: 'fetch',
      tenant,
      fileId,
      from,
      state,
      attempts,
      ...(nextAt !== null && { nextAt }),
      error: storedError(told),
      at: clock.wall(),
    },
  ]);
  return { tenant, fileId, from, state, attempts, nextAt, error: told };
}

/** A third party may not have the file yet, because it fetches from the issuer, too. */
function isFinal({ from, owner, error }: Failure): boolean {
  if (!(error instanceof CloudilloError)) return false;
  if (FINAL.has(error.code)) return true;
  return isPermanent(error) && !(from !== owner && error.code === 'peer.refused');
}

/** Whether only a stranger's file has no room: the next source may be no stranger. */
function isForStrangers(error: unknown): boolean {
  return error instanceof CloudilloError && error.code === 'store.low';
}

/** Whether the error is of this home or its machine, not of the peer. */
function isOurs(error: unknown): boolean {
  if (isLocalFailure(error)) return true;
  return !(error instanceof CloudilloError) || (isCodeOf(error.code, 'store') && error.code !== 'store.swept');
}
