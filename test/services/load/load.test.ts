import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeOwnPeer } from '../../../src/sandbox/peers/own-peer.ts';
import { answerOf } from '../../../src/services/conformance/remote-target.ts';
import type { Answer, Ask, Target } from '../../../src/services/conformance/target.ts';
import { createLatencies } from '../../../src/services/load/latencies.ts';
import { mixSequence, parseMix } from '../../../src/services/load/mix.ts';
import { type LoadPlan, runLoad } from '../../../src/services/load/run-load.ts';
import { judge, type Measured, parseThreshold } from '../../../src/services/load/thresholds.ts';

const GOOD = answerOf(202, {}, Buffer.from('{"data":{}}'));
const never = new AbortController().signal;

function target(ask: (asked: Ask) => Promise<Answer>): Target {
  const peers = ['eve.test', 'mallory.test'].map((idTag) => makeOwnPeer(idTag, Date.now));
  const bus = async () => ({ frames: [], closed: null });
  return { idTag: 'bob.test', ask, bus, peers, owner: null, now: Date.now, pause: async () => {} };
}

const plan = (change: Partial<LoadPlan>): LoadPlan => ({
  ...{ rate: null, concurrency: 1, durationMs: 200, mix: { profile: 1 } },
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

  it('are conditions under which a run fails', () => {
    expect(passes('p99>200ms', { p99: 200 })).toBe(true);
    expect(passes('p99 > 200ms', { p99: 201 })).toBe(false);
    expect(passes('errors>1%', { errors: 0.02 })).toBe(false);
    expect(passes('throughput<50', { throughput: 50 })).toBe(true);
    expect(passes('throughput<50/s', { throughput: 49 })).toBe(false);
  });

  it('compare with an earlier run', () => {
    expect(passes('p99>+10%', { p99: 109 }, { p99: 100 })).toBe(true);
    expect(passes('p99>+10%', { p99: 111 }, { p99: 100 })).toBe(false);
    expect(passes('throughput<+10%', { throughput: 89 }, { throughput: 100 })).toBe(false);
    expect(() => passes('p99>+10%', { p99: 1 })).toThrow(expect.objectContaining({ code: 'usage.value' }));
  });

  it('fail where nothing was measured', () => {
    expect(passes('p99>200ms', {})).toBe(false);
  });

  it.each(['p98>1s', 'p99', 'p99>200', 'errors>1', 'throughput<1s', 'p99>=1s'])('are refused as "%s"', (text) => {
    expect(() => parseThreshold(text)).toThrow(expect.objectContaining({ code: 'usage.value' }));
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
