import { errorToObject } from '../../protocol/errors.ts';
import { findDelivery } from '../delivery/delivery-report.ts';
import type { Deps } from '../runtime/deps.ts';
import type { LiveEvent } from '../runtime/live.ts';
import { createStages } from '../runtime/stages.ts';
import { type HistoryDeps, pullHistory } from './pull-history.ts';

export type HistoryWorkerDeps = HistoryDeps & Pick<Deps, 'log'>;

/** A peer that we are connected with since just now. */
interface Connected {
  tenant: string;
  peer: string;
  /** Our own word, which the peer needs before it shows what is for those connected; `null`: it knows already. */
  answer: string | null;
}

/** Peers whose history is pulled at the same time, and that wait for it: whoever connects to many at once waits, or goes without. */
const RUNNING = 2;
const WAITING = 200;
/** How long the peer is given to hear from us first, and how often that is looked at. Milliseconds. */
const PATIENCE = 60_000;
const LOOK_EVERY = 1_000;

/**
 * Pulls the recent history of whom we have become connected with (specification: Connect), until `signal` aborts. Nobody who connects
 * waits for it, and what goes wrong is only logged: many servers offer no history.
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

/** A CONN or CONN:ACC, theirs or ours, after which both are connected. */
export function connectedBy(store: Deps['store'], { kind, tenant, actionId }: LiveEvent): Connected | null {
  const row = kind === 'action' ? store.row(tenant, actionId) : null;
  if (row?.type !== 'CONN' || row.subtype === 'DEL' || !row.current) return null;
  const ours = row.issuer === tenant;
  const peer = ours ? row.audience : row.issuer;
  if (peer === null || peer === tenant || !store.relation(tenant, peer).connected) return null;
  // Our answer to it connects, and comes by itself.
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

/** Before our CONN:ACC has reached the peer, it takes us for a stranger and shows less. */
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
