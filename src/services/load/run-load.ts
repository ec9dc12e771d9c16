/** Sends a controlled load to an instance, and measures how it answers. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { wireErrorOf } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { follow, nonce, proxy } from '../conformance/made-tokens.ts';
import { NO_ACTION } from '../conformance/requests.ts';
import type { ActingPeer, Answer, Ask, Target } from '../conformance/target.ts';
import { isTaken } from '../conformance/verdict.ts';
import { createLatencies, type LatencySummary } from './latencies.ts';
import { type LoadKind, type LoadMix, mixSequence } from './mix.ts';

/** How much to send. */
export interface LoadPlan {
  /** Requests a second; null: each connection sends its next one when it has the answer. */
  rate: number | null;
  /** The most requests at once. */
  concurrency: number;
  durationMs: number;
  mix: LoadMix;
}

/** One second of a run. */
export interface LoadSecond {
  answered: number;
  failed: number;
  p99: number | null;
}

/** What was measured. */
export interface LoadResult {
  /** From the first request to the last answer, milliseconds. */
  durationMs: number;
  sent: number;
  succeeded: number;
  failed: number;
  /** Requests that were answered well, a second. */
  throughput: number;
  /**
   * Of requests that were answered well. With a rate they are counted from when a request was due: what a slow answer holds up
   * is counted, too (coordinated omission).
   */
  latency: LatencySummary | null;
  corrected: boolean;
  /** Failures by cause, the most frequent first. */
  errors: { cause: string; count: number }[];
  /** By the second in which an answer came. */
  seconds: LoadSecond[];
}

/** How many requests are signed before they are due: a signature takes as long as a fast answer. */
const SIGNED_AHEAD = 64;
/** A run of more seconds has no list of them. */
const MAX_SECONDS = 3_600;
/** Causes come from the instance. */
const MAX_CAUSES = 100;

/** Sends a load. It ends early when `told` aborts; what was sent by then is measured. @throws what signing throws */
export async function runLoad(target: Target, plan: LoadPlan, told: AbortSignal): Promise<LoadResult> {
  const stop = AbortSignal.any([told]);
  // Each connection waits for it.
  setMaxListeners(0, stop);
  const measure = startMeasure(plan.rate !== null);
  const next = signedAhead(target, plan);
  const start = performance.now();
  const endsAt = start + plan.durationMs;
  let place = 0;
  const worker = async () => {
    while (!stop.aborted) {
      const due = plan.rate === null ? performance.now() : start + (place++ * 1000) / plan.rate;
      if (due >= endsAt) return;
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait, undefined, { signal: stop }).catch(aborted);
      if (stop.aborted) return;
      const ask = await next();
      // A closed loop has no due time: signing isn't the instance's fault.
      await measure.request(plan.rate === null ? performance.now() : due, () => target.ask(ask));
    }
  };
  await Promise.all(Array.from({ length: plan.concurrency }, worker));
  return measure.result(performance.now() - start);
}

function aborted(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}

function startMeasure(corrected: boolean) {
  const all = createLatencies();
  const begun = performance.now();
  const causes = new Map<string, number>();
  const seconds: (LoadSecond & { latencies: ReturnType<typeof createLatencies> })[] = [];
  let [sent, succeeded] = [0, 0];

  function second() {
    const index = Math.min(MAX_SECONDS - 1, Math.floor((performance.now() - begun) / 1000));
    while (seconds.length <= index) seconds.push({ answered: 0, failed: 0, p99: null, latencies: createLatencies() });
    return seconds[index] as (typeof seconds)[number];
  }
  return {
    async request(from: number, ask: () => Promise<Answer>): Promise<void> {
      sent += 1;
      const cause = await failureOf(ask);
      const latency = performance.now() - from;
      const now = second();
      if (cause === null) {
        succeeded += 1;
        all.record(latency);
        now.latencies.record(latency);
        now.answered += 1;
        return;
      }
      now.failed += 1;
      const name = causes.has(cause) || causes.size < MAX_CAUSES ? cause : 'other';
      causes.set(name, (causes.get(name) ?? 0) + 1);
    },
    result: (durationMs: number): LoadResult => ({
      ...{ durationMs: Math.round(durationMs), sent, succeeded, failed: sent - succeeded },
      throughput: Math.round((succeeded / durationMs) * 100_000) / 100,
      ...{ latency: all.summary(), corrected },
      errors: [...causes].map(([cause, count]) => ({ cause, count })).toSorted((a, b) => b.count - a.count),
      seconds: seconds.map(({ answered, failed, latencies }) => ({
        ...{ answered, failed },
        p99: latencies.summary()?.p99 ?? null,
      })),
    }),
  };
}

/** Why a request failed: the status and the code of the protocol, or the error of the connection; null: it did not. */
async function failureOf(ask: () => Promise<Answer>): Promise<string | null> {
  try {
    const answer = await ask();
    if (isTaken(answer)) return null;
    return [answer.status, wireErrorOf(answer.json)?.code].filter(Boolean).join(' ');
  } catch (error) {
    if (error instanceof CloudilloError) return error.code;
    throw error;
  }
}

/** Requests that are signed before they are asked for. */
function signedAhead(target: Target, { mix }: LoadPlan): () => Promise<Ask> {
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
