/** The worker that retries parked tokens. */
import { isLocalFailure } from '../../federation/http/network-failure.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { Parked } from '../../store/model/rows.ts';
import { isDue, isOverdue, nextAttempt } from '../delivery/delivery-policy.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { FIRST_PAUSE } from './park.ts';
import type { Receipt } from './receipt.ts';
import { receiveAction } from './receive-action.ts';

/** The longest sleep, milliseconds. */
const LONGEST_SLEEP = 3_600_000;

/**
 * Verifies parked tokens when they are due, one after the other, until `signal` aborts.
 * @returns resolves when the current one is done
 */
export async function runParkedWorker(deps: InboxDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const now = deps.clock.monotonic();
    for (const parked of deps.store.parked().filter(({ nextAt }) => isDue(nextAt, now))) {
      if (signal.aborted) return;
      await retryLogged(deps, parked);
    }
    await sleepUntilDue(deps, signal);
  }
}

async function retryLogged(deps: InboxDeps, parked: Parked): Promise<void> {
  try {
    await retryParked(deps, parked);
  } catch (error) {
    // The disk refuses writes: the token stays parked, and the worker goes on.
    deps.log('error', 'parked token could not be dealt with', {
      actionId: parked.actionId,
      error: errorToObject(error),
    });
  }
}

/**
 * Makes one more attempt: the action is stored, parked again for longer, or dropped with the reason.
 * @throws CloudilloError `store.*`
 */
export async function retryParked(deps: InboxDeps, parked: Parked): Promise<void> {
  const { tenant, actionId } = parked;
  const tokens = await deps.store.parkedTokens(tenant, actionId);
  if (!tokens) return;
  const unparked = (outcome: string) =>
    ({ kind: 'unparked', tenant, actionId, outcome, at: deps.clock.wall() }) as const;
  const staysParked = (error: unknown) => error instanceof CloudilloError && again(deps, parked, error) !== null;
  try {
    const eventsWith = (outcome: Receipt['outcome']) => [unparked(outcome === 'duplicate' ? 'duplicate' : 'accepted')];
    await receiveAction(deps, { tenant, ...tokens, origin: 'parked', eventsWith, staysParked });
  } catch (error) {
    if (!(error instanceof CloudilloError) || isCodeOf(error.code, 'store')) throw error;
    const retried = again(deps, parked, error);
    await deps.store.append([retried ?? unparked(outcomeOf(error))]);
    // What isn't tried again was logged as a refusal.
    if (retried)
      deps.log('info', 'arrival parked again', { tenant, actionId, refusal: error.refusal(deps.clock.wall()) });
  }
}

/** The next attempt, if there is one. The token stays where it was written when it was parked. */
function again(deps: InboxDeps, parked: Parked, error: CloudilloError) {
  if (!error.retryable) return null;
  const { tenant, actionId } = parked;
  const next = isLocalFailure(error) ? unasked(deps, parked) : counted(deps, parked, error);
  return next.nextAt === null
    ? null
    : ({ kind: 'retried', tenant, actionId, ...next, nextAt: next.nextAt, at: deps.clock.wall() } as const);
}

function counted({ clock }: Pick<InboxDeps, 'clock'>, parked: Parked, { retryAfter }: CloudilloError) {
  const attempts = parked.attempts + 1;
  return { attempts, nextAt: nextAttempt(attempts, parked.firstAt, clock, retryAfter) };
}

/** This machine couldn't ask for the key. As with a delivery, that isn't an attempt. */
function unasked({ clock }: Pick<InboxDeps, 'clock'>, { attempts, firstAt }: Parked) {
  return { attempts, nextAt: isOverdue(firstAt, clock) ? null : clock.monotonic() + FIRST_PAUSE };
}

function outcomeOf(error: CloudilloError): string {
  return error.retryable ? 'expired' : error.code;
}

function sleepUntilDue(
  { store, clock, tokenParked }: Pick<InboxDeps, 'store' | 'clock' | 'tokenParked'>,
  signal: AbortSignal,
): Promise<void> {
  const next = Math.min(...store.parked().map(({ nextAt }) => nextAt), clock.monotonic() + LONGEST_SLEEP);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stopListening();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(1000, next - clock.monotonic()));
    const stopListening = tokenParked.on(done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
