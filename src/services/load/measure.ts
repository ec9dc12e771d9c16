/** Measures the requests of a load, in a fixed amount of memory. */
import { wireErrorOf } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Answer } from '../conformance/target.ts';
import { isTaken } from '../conformance/verdict.ts';
import { createDistribution, type LatencyGroup } from './distribution.ts';
import { createLatencies, type LatencySummary } from './latencies.ts';

/** One second of a run. Latencies are of requests that were answered well in it. */
export interface LoadSecond {
  answered: number;
  failed: number;
  p50: number | null;
  p99: number | null;
}

/** What was measured. */
export interface LoadMeasured {
  /** Requests that were sent, and those that were due and failed before. */
  sent: number;
  succeeded: number;
  failed: number;
  /** Requests that were open when the run was stopped. */
  unanswered: number;
  /** Requests that were answered well, a second. */
  throughput: number;
  /** Of requests that were answered well. */
  latency: LatencySummary | null;
  distribution: LatencyGroup[];
  /** Failures by cause, the most frequent first. The counts add up to `failed`. */
  errors: { cause: string; count: number }[];
  /** By the second in which an answer came. */
  seconds: LoadSecond[];
}

/** How far a run is. */
export interface LoadProgress extends Pick<LoadMeasured, 'sent' | 'succeeded' | 'failed' | 'seconds'> {
  elapsedMs: number;
}

/** A measurement that goes on. */
export interface Measure {
  /** Makes a request, and counts how it ends. @param from the time from which its latency counts, of `performance.now()` */
  request(from: number, ask: () => Promise<Answer>): Promise<void>;
  /** Counts a request that failed before it was sent. */
  unsent(): void;
  /** `seconds` are those that are over. */
  progress(): LoadProgress;
  result(durationMs: number): LoadMeasured;
}

/** The last of so many seconds has all that comes later. A load takes an hour at most, and its last answers some time more. */
const MAX_SECONDS = 4_000;
/** Causes come from the instance. */
const MAX_CAUSES = 100;
const MAX_CAUSE = 100;
/** The cause of a request that found no connection in time. */
const UNSENT = 'unsent';

/** Begins to measure. */
export function startMeasure(): Measure {
  const all = createLatencies();
  const distribution = createDistribution();
  const begun = performance.now();
  const causes = new Map<string, number>();
  const seconds = startSeconds(begun);
  let [sent, succeeded, failed] = [0, 0, 0];

  function fail(cause: string): void {
    failed += 1;
    const name = causes.has(cause) || causes.size < MAX_CAUSES ? cause : 'other';
    causes.set(name, (causes.get(name) ?? 0) + 1);
    seconds.now().failed();
  }
  return {
    async request(from, ask) {
      sent += 1;
      const cause = await failureOf(ask);
      const latency = performance.now() - from;
      if (cause !== null) return fail(cause);
      succeeded += 1;
      all.record(latency);
      distribution.record(latency);
      seconds.now().answered(latency);
    },
    unsent() {
      sent += 1;
      fail(UNSENT);
    },
    progress: () => ({ elapsedMs: performance.now() - begun, sent, succeeded, failed, seconds: seconds.over() }),
    result: (durationMs) => ({
      ...{ sent, succeeded, failed, unanswered: sent - succeeded - failed },
      throughput: Math.round((succeeded / durationMs) * 100_000) / 100,
      ...{ latency: all.summary(), distribution: distribution.groups() },
      errors: [...causes].map(([cause, count]) => ({ cause, count })).toSorted((a, b) => b.count - a.count),
      seconds: seconds.all(),
    }),
  };
}

/** One histogram serves all seconds: it has the latencies of the present one. */
function startSeconds(begun: number) {
  const over: LoadSecond[] = [];
  const latencies = createLatencies();
  let [answered, failed] = [0, 0];
  const present = (): LoadSecond => {
    const { p50 = null, p99 = null } = latencies.summary() ?? {};
    return { answered, failed, p50, p99 };
  };
  function roll(): void {
    const index = Math.min(MAX_SECONDS - 1, Math.floor((performance.now() - begun) / 1000));
    while (over.length < index) {
      over.push(present());
      [answered, failed] = [0, 0];
      latencies.reset();
    }
  }
  return {
    now() {
      roll();
      return {
        answered(ms: number) {
          answered += 1;
          latencies.record(ms);
        },
        failed() {
          failed += 1;
        },
      };
    },
    over() {
      roll();
      return over;
    },
    all: () => (answered + failed > 0 ? [...over, present()] : [...over]),
  };
}

/** Why a request failed: the status and the code of the protocol, or the error of the connection; null: it did not. */
async function failureOf(ask: () => Promise<Answer>): Promise<string | null> {
  try {
    const answer = await ask();
    if (isTaken(answer)) return null;
    return [answer.status, wireErrorOf(answer.json)?.code].filter(Boolean).join(' ').slice(0, MAX_CAUSE);
  } catch (error) {
    if (error instanceof CloudilloError) return error.code;
    throw error;
  }
}
