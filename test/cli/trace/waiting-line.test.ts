import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { progressText } from '../../../src/cli/render/progress.ts';
import { waitingLine } from '../../../src/cli/trace/waiting-line.ts';
import { observed } from '../../../src/protocol/observer.ts';
import { Tracer } from '../../../src/services/tracing/tracer.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Runs work as a command, and keeps what the line shows. */
async function shownWhile(work: (tracer: Tracer) => Promise<void>): Promise<string[]> {
  const shown: string[] = [];
  const line = waitingLine({ show: (text) => shown.push(text), erase: () => shown.push('') });
  const tracer = new Tracer();
  await tracer.follow(line, null, () => observed(tracer, 'cloudillo get', () => work(tracer)));
  line.close();
  return shown;
}

describe('the line that says what is waited for', () => {
  it('shows nothing of what is quick', async () => {
    const shown = await shownWhile(async (tracer) => {
      const span = tracer.begin('dns');
      vi.advanceTimersByTime(250);
      span?.end();
    });
    expect(shown).toEqual(['']);
  });

  it('says after 300 ms which stage is running, and for how long', async () => {
    const shown = await shownWhile(async (tracer) => {
      const facts = { 'network.peer.address': '203.0.113.7', 'network.peer.port': 443 };
      const span = tracer.begin('connect', undefined, { facts });
      vi.advanceTimersByTime(2_000);
      span?.end();
      vi.advanceTimersByTime(100);
    });
    expect(shown[0]).toBe('connecting to 203.0.113.7');
    expect(shown.at(-3)).toBe('connecting to 203.0.113.7, 2 s');
    // Between two stages there is nothing to say.
    expect(shown.slice(-2)).toEqual(['', '']);
  });

  it('shows how far it is, with rate and remaining time', async () => {
    const shown = await shownWhile(async (tracer) => {
      const span = tracer.begin('fan-out');
      vi.advanceTimersByTime(1_000);
      span?.progress(40, 100);
      tracer.begin('delivery');
      vi.advanceTimersByTime(1_000);
    });
    expect(shown).toContain('fan-out: 40 of 100, 40 a second, 2 s left');
    expect(shown.at(-2)).toBe('fan-out: 40 of 100, 20 a second, 3 s left');
  });
});

it.each([
  [{ done: 0, total: 10, ms: 5_000 }, '0 of 10'],
  [{ done: 3, total: null, ms: 6_000 }, '3, 0.5 a second'],
  [{ done: 12_000, total: 48_000, ms: 3_000 }, '12,000 of 48,000, 4,000 a second, 9 s left'],
  [{ done: 1, total: 101, ms: 10_000 }, '1 of 101, 0.1 a second, 16 min 40 s left'],
  [{ done: 1, total: 1_001, ms: 10_000 }, '1 of 1,001, 0.1 a second, 2 h 46 min left'],
  [{ done: 10, total: 10, ms: 1_000 }, '10 of 10, 10 a second'],
])('%o is %s', (facts, text) => {
  expect(progressText(facts)).toBe(text);
});
