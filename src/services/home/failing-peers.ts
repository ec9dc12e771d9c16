/** The peers that `status` reports as failing. */
import type { ErrorCode } from '../../protocol/error-table.ts';
import { isUnreachable } from '../peers/reachability.ts';
import type { Deps } from '../runtime/deps.ts';

/** The most peers that are listed. A home keeps the open circuit of a peer that never answers again. */
const SHOWN = 100;

/** A peer whose circuit isn't closed. Its deliveries wait. */
export interface FailingPeer {
  peer: string;
  /** The first failure since its last answer, ISO 8601. */
  since: string;
  /** Failed attempts since then. */
  attempts: number;
  /** ISO 8601. */
  nextAt: string;
  code: ErrorCode;
  message: string;
  /** Left out of broadcasts until it answers. */
  unreachable: boolean;
}

/** Lists the peers whose circuit isn't closed, the longest open first; a hundred at most. @param now unix milliseconds */
export function failingPeers(store: Pick<Deps['store'], 'openCircuits' | 'openCircuit'>, now: number): FailingPeer[] {
  return store.openCircuits(SHOWN).map(({ peer, since, failures, nextAt, error }) => ({
    peer,
    since: new Date(since).toISOString(),
    attempts: failures,
    nextAt: new Date(nextAt).toISOString(),
    code: error.code,
    message: error.message,
    unreachable: isUnreachable(store, '', peer, now),
  }));
}
