/** The worker that fetches the history of newly connected peers. */
import { errorToObject } from '../../protocol/errors.ts';
import { findDelivery } from '../delivery/delivery-report.ts';
import type { Deps } from '../runtime/deps.ts';
import type { LiveEvent } from '../runtime/live.ts';
import { createStages } from '../runtime/stages.ts';
import { type HistoryDeps, pullHistory } from './pull-history.ts';

/** The parts that the worker needs. */
export type HistoryWorkerDeps = HistoryDeps & Pick<Deps, 'log'>;

/** A peer that has just become connected. */
interface Connected {
  tenant: string;
  peer: string;
  /**
   * The tenant's own CONN or CONN:ACC, which the peer needs before it shows actions for connected peers; `null` when it has it.
   */
  answer: string | null;
}

/**
 * How many histories are fetched at once, and how many wait. When more peers connect at once, the rest have no history fetched.
 */
const RUNNING = 2;
const WAITING = 200;
/** How long the peer may take to get the tenant's answer, and the pause between checks. Milliseconds. */
const PATIENCE = 60_000;
const LOOK_EVERY = 1_000;

/**
 * Fetches the recent history of newly connected peers (specification: Connect), until `signal` aborts. The command or request
 * that connects doesn't wait for it. Failures are only logged: many servers offer no history.
 * @param onPulled called after each attempt
 */
export async function runHistoryWorker(
  deps: HistoryWorkerDeps,
  signal: AbortSignal,
  onPulled: (result: { tenant: string; peer: string; stored: number }) => void = () => {},
): Promise<void> {
  const waiting: Connected[] = [];
  const running = new Set<Promise<void>>();
  const next = () => {
    while (running.size < RUNNING && !signal.aborted) {
      const connected = waiting.shift();
      if (!connected) return;
      const task = pullLogged(deps, connected, signal, onPulled).finally(() => {
        running.delete(task);
        next();
      });
      running.add(task);
    }
  };
  const stopListening = deps.live.on((event) => {
    const connected = connectedBy(deps.store, event);
    if (!connected) return;
    if (waiting.length >= WAITING) deps.log('warn', 'too many new connections: history not pulled', { ...connected });
    else waiting.push(connected);
    next();
  });
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  stopListening();
  await Promise.all(running);
}

/** The peer that a CONN or CONN:ACC of either side has connected; null for other events. */
export function connectedBy(store: Deps['store'], { kind, tenant, actionId }: LiveEvent): Connected | null {
  const row = kind === 'action' ? store.row(tenant, actionId) : null;
  if (row?.type !== 'CONN' || row.subtype === 'DEL' || !row.current) return null;
  const ours = row.issuer === tenant;
  const peer = ours ? row.audience : row.issuer;
  if (peer === null || peer === tenant || !store.relation(tenant, peer).connected) return null;
  // The tenant's answer connects, and arrives as an event of its own.
  if (!ours && row.subtype === null && store.byKey(tenant, `CONN:${tenant}:${peer}`, tenant)?.subtype === 'ACC')
    return null;
  return { tenant, peer, answer: ours ? actionId : null };
}

async function pullLogged(
  deps: HistoryWorkerDeps,
  { tenant, peer, answer }: Connected,
  signal: AbortSignal,
  onPulled: (result: { tenant: string; peer: string; stored: number }) => void,
): Promise<void> {
  try {
    if (answer !== null) await untilTold(deps, { tenant, peer, answer }, signal);
    if (signal.aborted) return;
    const { stored, problem } = await pullHistory(
      deps,
      createStages(() => {}),
      tenant,
      peer,
    );
    if (problem) deps.log('info', `no history of ${peer}`, { tenant, peer, error: problem });
    onPulled({ tenant, peer, stored });
  } catch (error) {
    deps.log('error', `the history of ${peer} could not be stored`, { tenant, peer, error: errorToObject(error) });
  }
}

/** Waits until the tenant's CONN:ACC is delivered. Before that the peer shows a stranger's view. */
async function untilTold(
  { store }: Pick<Deps, 'store'>,
  { tenant, peer, answer }: { tenant: string; peer: string; answer: string },
  signal: AbortSignal,
): Promise<void> {
  for (let waited = 0; waited < PATIENCE && !signal.aborted; waited += LOOK_EVERY) {
    if (findDelivery(store, tenant, answer, peer)?.state !== 'queued') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, LOOK_EVERY);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }
}
