/** The worker that gets certificates for the identities, and renews them. */
import { stat } from 'node:fs/promises';
import { errorToObject } from '../../protocol/errors.ts';
import { homePaths } from '../../store/home/home.ts';
import type { RenewalState } from '../../store/identities/acme-files.ts';
import type { Deps } from '../runtime/deps.ts';
import { type Pause, pauseFor } from '../runtime/pause.ts';
import { createRound, type RenewDeps } from './renew-certificate.ts';
import { hasOwnPair, renewalOf } from './renewal-state.ts';

/** Between two looks at the time and for new identities, milliseconds. */
const TICK = 2_000;

/** What a server shares with the worker. */
export interface Renewals extends Pick<RenewDeps, 'challenges' | 'reload'> {
  /** Whether a retry was asked for since the last look: it doesn't wait for its pause. */
  takeRetry(): boolean;
}

type WorkerDeps = Pick<Deps, 'home' | 'settings' | 'identities' | 'clock' | 'log' | 'observer'>;

/** Gets and renews certificates until `signal` aborts. A failure is noted, logged, and tried again. */
export async function runCertificates(
  deps: WorkerDeps,
  renewals: Renewals,
  signal: AbortSignal,
  { pause = pauseFor, random = Math.random }: { pause?: Pause; random?: () => number } = {},
): Promise<void> {
  let states = new Map<string, RenewalState>();
  let seen: number | null = null;
  while (!signal.aborted) {
    const retry = renewals.takeRetry();
    // An identity is made in a folder of its own, by this process or another.
    const changed = await changedAt(deps.home);
    if (changed !== seen || retry) {
      states = await statesOf(deps, retry ? new Map() : states);
      seen = changed;
    }
    const round = createRound({ ...deps, ...renewals, pause, random }, signal);
    for (const [idTag, state] of states) {
      if (signal.aborted) break;
      states.set(idTag, await round.attend(idTag, retry ? retried(state) : state));
    }
    round.end();
    await pause(TICK, signal);
  }
}

/** A failed renewal, tried without its pause. What the authority said about the time still holds. */
function retried(state: RenewalState): RenewalState {
  return state.failures > 0 ? { ...state, nextAt: 0 } : state;
}

/** The states of the identities that have no pair of their own. @param known they are not read again */
async function statesOf(
  deps: WorkerDeps,
  known: ReadonlyMap<string, RenewalState>,
): Promise<Map<string, RenewalState>> {
  const states = new Map<string, RenewalState>();
  for (const { idTag } of await deps.identities.list()) {
    if (hasOwnPair(deps, idTag)) continue;
    try {
      states.set(idTag, known.get(idTag) ?? (await renewalOf(deps, idTag)));
    } catch (error) {
      // The others need their certificates all the same.
      deps.log('error', 'the certificate of an identity is not renewed: it can’t be read', {
        ...{ idTag, error: errorToObject(error) },
      });
    }
  }
  return states;
}

async function changedAt(home: string): Promise<number> {
  return (await stat(homePaths(home).identities)).mtimeMs;
}
