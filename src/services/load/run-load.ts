/** Sends a controlled load to an instance, and measures how it answers. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudilloError } from '../../protocol/errors.ts';
import { follow, nonce, proxy } from '../conformance/made-tokens.ts';
import { NO_ACTION } from '../conformance/requests.ts';
import type { ActingPeer, Ask, Target } from '../conformance/target.ts';
import { type LoadMeasured, type LoadProgress, type Measure, startMeasure } from './measure.ts';
import { type LoadKind, type LoadMix, mixSequence } from './mix.ts';

/** How much to send. */
export interface LoadPlan {
  /** Requests a second; null: each connection sends its next one when it has the answer. */
  rate: number | null;
  /** The most requests at once. */
  concurrency: number;
  durationMs: number;
  /** With a rate: a request that is due for longer, because all connections wait, is never sent and has failed. Milliseconds. */
  patienceMs: number;
  mix: LoadMix;
}

/** What came of a load. */
export interface LoadResult extends LoadMeasured {
  /** From the first request to the last answer, milliseconds. */
  durationMs: number;
  /** Whether it was stopped before its end. */
  stopped: boolean;
  /** Whether latencies count from when a request was due: what a slow answer holds up is counted, too (coordinated omission). */
  corrected: boolean;
}

/** How many requests are signed before they are due: a signature takes as long as a fast answer. */
const SIGNED_AHEAD = 64;
/** How often somebody who watches is told how far it is, milliseconds. */
const WATCH_MS = 250;

/**
 * Sends a load. When `told` aborts, it ends at once with what was measured: it doesn't wait for answers that are open.
 * @param watch is told how far it is, a few times a second
 * @throws what signing throws
 */
export async function runLoad(
  target: Target,
  plan: LoadPlan,
  told: AbortSignal,
  watch?: (progress: LoadProgress) => void,
): Promise<LoadResult> {
  const stop = AbortSignal.any([told]);
  // Each connection waits for it.
  setMaxListeners(0, stop);
  const measure = startMeasure();
  const start = performance.now();
  const timer = watch && setInterval(() => watch(measure.progress()), WATCH_MS);
  try {
    const sending = Array.from({ length: plan.concurrency }, connections(target, plan, start, measure, stop));
    await Promise.race([Promise.all(sending), aborted(stop)]);
  } finally {
    clearInterval(timer);
  }
  const durationMs = performance.now() - start;
  const measured = measure.result(durationMs);
  return { durationMs: Math.round(durationMs), stopped: stop.aborted, corrected: plan.rate !== null, ...measured };
}

/** Makes connections, each of which sends one request after the other. */
function connections(target: Target, plan: LoadPlan, start: number, measure: Measure, stop: AbortSignal) {
  const { rate, durationMs, patienceMs, mix } = plan;
  const next = signedAhead(target, mix);
  let place = 0;
  return async (): Promise<void> => {
    while (!stop.aborted) {
      const due = rate === null ? performance.now() : start + (place++ * 1000) / rate;
      if (due >= start + durationMs) return;
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait, undefined, { signal: stop }).catch(ignoreStop);
      if (wait < -patienceMs) {
        measure.unsent();
        continue;
      }
      const ask = await next();
      if (stop.aborted) return;
      // A closed loop has no due time: signing isn't the instance's fault.
      await measure.request(rate === null ? performance.now() : due, () => target.ask(ask));
    }
  };
}

function ignoreStop(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Requests that are signed before they are asked for. */
function signedAhead(target: Target, mix: LoadMix): () => Promise<Ask> {
  const kind = mixSequence(mix);
  let issuer = 0;
  const make = () => {
    const peer = target.peers[issuer++ % Math.max(1, target.peers.length)];
    return requestOf(target, kind(), peer);
  };
  const ready: Promise<Ask>[] = [];
  return () => {
    while (ready.length < SIGNED_AHEAD) {
      const made = make();
      // It is awaited later: until then a failure has nobody who takes it.
      made.catch(() => {});
      ready.push(made);
    }
    return ready.shift() as Promise<Ask>;
  };
}

async function requestOf(target: Target, kind: LoadKind, peer: ActingPeer | undefined): Promise<Ask> {
  if (kind === 'profile') return { path: '/api/me' };
  if (!peer)
    throw new CloudilloError('usage.missing', `${kind} needs an issuer`, {
      stage: 'input',
      hint: 'Give --peer or --as',
    });
  if (kind === 'PROXY') {
    return { path: `/api/auth/access-token?token=${encodeURIComponent(await peer.sign(proxy(target)))}` };
  }
  const token = await peer.sign(CLAIMS[kind](target, peer));
  return { method: 'POST', path: '/api/inbox', body: { token } };
}

const CLAIMS = {
  FLLW: (target: Target) => follow(target),
  REACT: ({ idTag }: Target) => ({ t: 'REACT:LIKE', aud: idTag, sub: NO_ACTION, _: nonce() }),
  PRES: ({ idTag }: Target, peer: ActingPeer) => ({ t: 'PRES:ONLINE', aud: idTag, sub: `@${peer.idTag}`, _: nonce() }),
} as const satisfies Record<string, (target: Target, peer: ActingPeer) => Parameters<ActingPeer['sign']>[0]>;
