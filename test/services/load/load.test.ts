import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { makeOwnPeer } from '../../../src/sandbox/peers/own-peer.ts';
import { answerOf } from '../../../src/services/conformance/remote-target.ts';
import type { Answer, Ask, Target } from '../../../src/services/conformance/target.ts';
import { createDistribution } from '../../../src/services/load/distribution.ts';
import { createLatencies } from '../../../src/services/load/latencies.ts';
import type { LoadProgress } from '../../../src/services/load/measure.ts';
import { mixSequence, parseMix } from '../../../src/services/load/mix.ts';
import { type EarlierLoad, isGood, type LoadReport, loadReport } from '../../../src/services/load/report.ts';
import { type LoadPlan, runLoad } from '../../../src/services/load/run-load.ts';
import {
  assertComparable,
  judge,
  METRICS,
  type Measured,
  parseThreshold,
} from '../../../src/services/load/thresholds.ts';

const GOOD = answerOf(202, {}, Buffer.from('{"data":{}}'));
const never = new AbortController().signal;
const ABOUT = {
  ...{ idTag: 'bob.test', startedAt: '2026-01-31T12:00:00.000Z', rate: 100, concurrency: 1 },
  ...{ issuers: [], mix: { profile: 1 } },
};

function target(ask: (asked: Ask) => Promise<Answer>): Target {
  const peers = ['eve.test', 'mallory.test'].map((idTag) => makeOwnPeer(idTag, Date.now));
  const bus = async () => ({ frames: [], closed: null });
  return { idTag: 'bob.test', ask, bus, peers, owner: null, now: Date.now, pause: async () => {} };
}

const plan = (change: Partial<LoadPlan>): LoadPlan => ({
  ...{ rate: null, concurrency: 1, durationMs: 200, patienceMs: 10_000, mix: { profile: 1 } },
  ...change,
});

describe('a load', () => {
  it('counts what a stall holds up, from when it was due', async () => {
    let asked = 0;
    const stalling = async () => {
      asked += 1;
      if (asked === 3) await sleep(400);
      return GOOD;
    };
    const result = await runLoad(target(stalling), plan({ rate: 100, durationMs: 400 }), never);
    // All were sent, although one connection was held up for most of the time.
    expect(result).toMatchObject({ sent: 40, succeeded: 40, failed: 0, corrected: true });
    // Half of them were due during the stall. Counted from when they were sent, one would be slow.
    expect(result.latency?.p50).toBeGreaterThan(50);
  });

  it('counts from when requests are sent, where none is due', async () => {
    let asked = 0;
    const stalling = async () => {
      asked += 1;
      await sleep(asked === 3 ? 150 : 2);
      return GOOD;
    };
    const result = await runLoad(target(stalling), plan({ durationMs: 400 }), never);
    expect(result.corrected).toBe(false);
    expect(result.latency?.p50).toBeLessThan(result.latency?.max ?? 0);
    expect(result.latency?.max).toBeGreaterThan(140);
  });

  it('never has more requests open than it may', async () => {
    let [open, most] = [0, 0];
    const slow = async () => {
      open += 1;
      most = Math.max(most, open);
      await sleep(20);
      open -= 1;
      return GOOD;
    };
    await runLoad(target(slow), plan({ rate: 1000, concurrency: 3, durationMs: 100 }), never);
    expect(most).toBe(3);
  });

  it('counts failures by cause, without their latency', async () => {
    let asked = 0;
    const failing = async () => {
      asked += 1;
      if (asked % 2 === 0) return GOOD;
      return answerOf(503, {}, Buffer.from('{"error":{"code":"E-SYS-UNAVAIL","message":"no"}}'));
    };
    const result = await runLoad(target(failing), plan({ rate: 100, durationMs: 100 }), never);
    expect(result).toMatchObject({ sent: 10, succeeded: 5, failed: 5 });
    expect(result.errors).toEqual([{ cause: '503 E-SYS-UNAVAIL', count: 5 }]);
    expect(result.seconds.reduce((sum, { answered, failed }) => sum + answered + failed, 0)).toBe(10);
  });

  it('signs as each issuer in turn, and never the same action twice', async () => {
    const tokens: string[] = [];
    const noting = async ({ body }: Ask) => {
      tokens.push((body as { token: string }).token);
      return GOOD;
    };
    await runLoad(target(noting), plan({ rate: 100, durationMs: 200, mix: { FLLW: 1, REACT: 1 } }), never);
    const claims = tokens.map((token) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
    expect(new Set(tokens).size).toBe(20);
    expect(claims.filter(({ iss }) => iss === 'eve.test')).toHaveLength(10);
    expect(claims.filter(({ t }) => t === 'FLLW')).toHaveLength(10);
  });

  it('ends early when it is told to, with what was measured', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const result = await runLoad(
      target(async () => GOOD),
      plan({ rate: 50, durationMs: 600_000 }),
      stop.signal,
    );
    expect(result.succeeded).toBeGreaterThan(0);
    expect(result.durationMs).toBeLessThan(60_000);
  });

  it('waits for no answer when it is told to end', async () => {
    const stop = new AbortController();
    let asked = 0;
    const silent = async () => {
      asked += 1;
      if (asked === 4) stop.abort();
      if (asked > 2) await new Promise(() => {});
      return GOOD;
    };
    const result = await runLoad(target(silent), plan({ concurrency: 2, durationMs: 600_000 }), stop.signal);
    expect(result).toMatchObject({ stopped: true, sent: 4, succeeded: 2, failed: 0, unanswered: 2 });
    expect(loadReport(ABOUT, result, [], null)).toSatisfy((report: LoadReport) => !isGood(report));
  });

  it('gives up what finds no connection for longer than a request may take', async () => {
    const slow = async () => {
      await sleep(60);
      return GOOD;
    };
    const result = await runLoad(target(slow), plan({ rate: 1_000, durationMs: 200, patienceMs: 100 }), never);
    // One connection would need twelve seconds for all of them.
    expect(result.durationMs).toBeLessThan(6_000);
    expect(result.sent).toBe(200);
    expect(result.succeeded).toBeGreaterThan(1);
    expect(result.errors).toEqual([{ cause: 'unsent', count: 200 - result.succeeded }]);
  });

  it('tells who watches of the seconds that are over', async () => {
    const told: LoadProgress[] = [];
    await runLoad(
      target(async () => GOOD),
      plan({ rate: 20, durationMs: 1_500 }),
      never,
      (now) => told.push(structuredClone(now)),
    );
    expect(told.at(-1)?.seconds).toHaveLength(1);
    expect(told.at(-1)?.seconds[0]?.answered).toBeGreaterThan(10);
    expect(told[0]).toMatchObject({ seconds: [], failed: 0 });
  });

  it('keeps no more than a hundred causes, and loses no failure', async () => {
    let asked = 0;
    const failing = async () => {
      asked += 1;
      const code = `E-${asked}-${'x'.repeat(10_000)}`;
      return answerOf(500, {}, Buffer.from(JSON.stringify({ error: { code, message: 'no' } })));
    };
    const result = await runLoad(target(failing), plan({ rate: 1_000, durationMs: 150, concurrency: 20 }), never);
    expect(result.failed).toBe(150);
    expect(result.errors).toHaveLength(101);
    expect(result.errors[0]).toEqual({ cause: 'other', count: 50 });
    expect(result.errors.reduce((sum, { count }) => sum + count, 0)).toBe(result.failed);
    expect(Math.max(...result.errors.map(({ cause }) => cause.length))).toBe(100);
  });

  it('counts an answer and an error of the connection under causes of their own', async () => {
    const kinds = [
      async () => GOOD,
      async () => answerOf(500, {}, Buffer.from('no JSON')),
      async () => {
        throw new CloudilloError('network.refused', 'no', { stage: 'connect' });
      },
    ];
    let asked = 0;
    const mixed = () => (kinds[asked++ % 3] as (typeof kinds)[number])();
    const result = await runLoad(target(mixed), plan({ rate: 100, durationMs: 90 }), never);
    expect(result).toMatchObject({ sent: 9, succeeded: 3, failed: 6, unanswered: 0 });
    expect(result.errors.toSorted((a, b) => a.cause.localeCompare(b.cause))).toEqual([
      { cause: '500', count: 3 },
      { cause: 'network.refused', count: 3 },
    ]);
  });

  it('ends with a fault of this program', async () => {
    const broken = async (): Promise<Answer> => {
      throw new TypeError('a fault');
    };
    await expect(runLoad(target(broken), plan({}), never)).rejects.toThrow('a fault');
  });
});

describe('a mix', () => {
  it('is spread evenly', () => {
    const next = mixSequence(parseMix('FLLW=3,REACT,profile=1'));
    const kinds = Array.from({ length: 10 }, next);
    expect(kinds.slice(0, 5).toSorted()).toEqual(['FLLW', 'FLLW', 'FLLW', 'REACT', 'profile']);
    expect(kinds.slice(5)).toEqual(kinds.slice(0, 5));
  });

  it.each(['', 'POST', 'FLLW=0', 'FLLW,FLLW', 'FLLW=x', 'fllw'])('is refused as "%s"', (text) => {
    expect(() => parseMix(text)).toThrow(expect.objectContaining({ code: 'usage.value' }));
  });
});

describe('thresholds', () => {
  const none: Measured = {
    ...{ mean: null, p50: null, p90: null, p95: null, p99: null, p999: null, max: null },
    ...{ errors: null, throughput: null },
  };
  const passes = (text: string, run: Partial<Measured>, earlier: Partial<Measured> | null = null) =>
    judge([parseThreshold(text)], { ...none, ...run }, earlier && { ...none, ...earlier })[0]?.passed;
  const limit = (text: string) => parseThreshold(text).value;

  it.each(METRICS)('compare %s in both directions, and hold at the limit', (metric) => {
    const unit = metric === 'errors' ? '%' : metric === 'throughput' ? '' : 'ms';
    const at = metric === 'errors' ? 0.2 : 20;
    const measured = (value: number) => ({ [metric]: value });
    for (const text of [`${metric}>20${unit}`, ` ${metric} > 20${unit} `]) {
      expect([at * 0.9, at, at * 1.1].map((value) => passes(text, measured(value)))).toEqual([true, true, false]);
    }
    expect([at * 0.9, at, at * 1.1].map((value) => passes(`${metric}<20${unit}`, measured(value)))).toEqual([
      false,
      true,
      true,
    ]);
    expect(passes(`${metric}>20${unit}`, {})).toBe(false);
  });

  it('know units', () => {
    expect(['p99>2ms', 'p99>1.5s', 'p99>1m', 'p99>1s500ms', 'p99>0'].map(limit)).toEqual([2, 1500, 60_000, 1500, 0]);
    expect(['errors>0%', 'errors>0.5%', 'errors>100%'].map(limit)).toEqual([0, 0.005, 1]);
    expect(['throughput<50', 'throughput<0.5/s'].map(limit)).toEqual([50, 0.5]);
  });

  it('compare with an earlier run', () => {
    const run = (text: string, now: number, before: number) => {
      const metric = parseThreshold(text).metric;
      return passes(text, { [metric]: now }, { [metric]: before });
    };
    expect([run('p99>+10%', 109, 100), run('p99>+10%', 111, 100)]).toEqual([true, false]);
    expect([run('p99>-10%', 89, 100), run('p99>-10%', 91, 100)]).toEqual([true, false]);
    expect([run('throughput<-10%', 91, 100), run('throughput<-10%', 89, 100)]).toEqual([true, false]);
    expect([run('throughput<+10%', 111, 100), run('throughput<+10%', 109, 100)]).toEqual([true, false]);
    expect([run('errors>+10%', 0, 0), run('errors>+10%', 0.01, 0)]).toEqual([true, false]);
  });

  it('need an earlier run that has the value, before anything is sent', () => {
    const check = (text: string, earlier: Measured | null) => () => assertComparable([parseThreshold(text)], earlier);
    expect(check('p99>1s', null)).not.toThrow();
    expect(check('p99>+10%', null)).toThrow(expect.objectContaining({ code: 'usage.missing' }));
    expect(check('p99>+10%', { ...none, errors: 1 })).toThrow(expect.objectContaining({ code: 'usage.missing' }));
    expect(check('errors>+10%', { ...none, errors: 1 })).not.toThrow();
  });

  it.each([
    ...['', 'p99', 'p98>1s', 'P99>1s', '>1s', 'p99>', 'p99>200', 'p99>=1s', 'p99=1s', 'p99>>1s', 'p99>1s<2s'],
    ...['p99>-1s', 'p99>1 s', 'p99>10%', 'p99>+10', 'p99>++10%', 'p99>+%', 'p99>1e3ms', 'p99>NaN', 'p99>Infinitys'],
    ...['errors>1', 'errors>1ms', 'errors>1/s', 'throughput<1s', 'throughput<5%', 'throughput<-5', 'throughput<1/m'],
  ])('are refused as "%s"', (text) => {
    expect(() => parseThreshold(text)).toThrow(expect.objectContaining({ code: 'usage.value' }));
  });
});

describe('a comparison', () => {
  it('says in what the earlier run was another one', async () => {
    const result = await runLoad(
      target(async () => GOOD),
      plan({ rate: 100, durationMs: 50 }),
      never,
    );
    const earlier = loadReport(ABOUT, result, [], null);
    const differs = (change: Partial<EarlierLoad>) =>
      loadReport(ABOUT, result, [], { ...earlier, ...change }).baseline?.differs;
    expect(differs({})).toEqual([]);
    expect(differs({ rate: 50, mix: { profile: 2 }, stopped: true })).toEqual(['rate', 'mix', 'stopped']);
    expect(differs({ idTag: 'x.test', concurrency: 2, issuers: ['eve.test'] })).toHaveLength(3);
  });
});

describe('a distribution', () => {
  it('counts by size, from the smallest to the largest that there is', () => {
    const distribution = createDistribution();
    expect(distribution.groups()).toEqual([]);
    for (const ms of [1, 1.001, 2, 7, 7]) distribution.record(ms);
    expect(distribution.groups()).toEqual([
      { upTo: 1, count: 1 },
      { upTo: 2, count: 2 },
      { upTo: 5, count: 0 },
      { upTo: 10, count: 2 },
    ]);
    distribution.record(10_000_000);
    distribution.record(0);
    expect(distribution.groups()[0]).toEqual({ upTo: 0.1, count: 1 });
    expect(distribution.groups().at(-1)).toEqual({ upTo: null, count: 1 });
  });
});

describe('latencies', () => {
  it('are kept to three digits, whatever their size', () => {
    const latencies = createLatencies();
    for (let ms = 1; ms <= 1000; ms += 1) latencies.record(ms);
    const { p50 = 0, p99 = 0, max = 0 } = latencies.summary() ?? {};
    expect(Math.abs(p50 - 500) / 500).toBeLessThan(0.002);
    expect(Math.abs(p99 - 990) / 990).toBeLessThan(0.002);
    expect(Math.abs(max - 1000) / 1000).toBeLessThan(0.002);
    latencies.record(Number.MAX_SAFE_INTEGER);
    expect(latencies.count).toBe(1001);
    expect(createLatencies().summary()).toBeNull();
  });
});
