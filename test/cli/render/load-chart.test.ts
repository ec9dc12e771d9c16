import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../src/cli/output/text-width.ts';
import { renderLoad } from '../../../src/cli/render/load.ts';
import { distributionChart, liveChart, secondsChart } from '../../../src/cli/render/load-chart.ts';
import { watchLoad } from '../../../src/cli/render/watch-load.ts';
import type { LoadReport } from '../../../src/services/load/report.ts';

const plain = new Chalk({ level: 0 });
const second = (answered: number) => ({ answered, failed: 0, p50: answered / 2, p99: answered * 3 });
const seconds = (count: number) => Array.from({ length: count }, (_, at) => second(at + 1));
const plan = { idTag: 'bob.test', durationMs: 600_000 };
const progress = (count: number) => ({
  ...{ elapsedMs: count * 1000 + 400, sent: 100, succeeded: 90, failed: 3 },
  seconds: seconds(count),
});

describe('the chart of a load that runs', () => {
  it('has the last seconds that fit, and the number of the last one', () => {
    expect(liveChart(plan, progress(0), 80, plain)).toEqual(['bob.test  0 s of 600 s, 100 sent, 3 failed, 7 open']);
    const [head, answers, p50, p99] = liveChart(plan, progress(100), 80, plain);
    expect(head).toContain('100 s of 600 s');
    expect(answers).toMatch(/^ {2}answers a second {2}[▁-█]{40} {2}100$/);
    expect(p50).toMatch(/^ {2}p50 {15}[▁-█]{40} {2}50 ms$/);
    expect(p99).toMatch(/^ {2}p99 {15}[▁-█]{40} {2}300 ms$/);
    expect(liveChart(plan, progress(3), 80, plain)[1]).toContain('  ▃▆█  3');
  });

  it.each([1, 7, 20, 47, 48, 79, 300])('is at most %i columns wide', (columns) => {
    const wide = { ...plan, idTag: `${'名'.repeat(60)}.test` };
    const colors = new Chalk({ level: 1 });
    for (const line of liveChart(wide, progress(500), columns, colors)) {
      expect(textWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(columns);
    }
  });

  it('says that only answers are missing', () => {
    const late = { ...progress(601), elapsedMs: 601_000 };
    expect(liveChart(plan, late, 80, plain)[0]).toContain('waiting for the last answers');
  });
});

describe('a log of a load that runs', () => {
  it('has a line every ten seconds', () => {
    const lines: string[] = [];
    const watch = watchLoad({ ...plan, terminal: false, colors: plain, line: (text) => lines.push(text) });
    for (let count = 0; count <= 25; count++) watch.progress(progress(count));
    watch.end();
    expect(lines).toEqual([
      '10 s of 600 s: 100 sent, 3 failed; now 6 a second, p99 at most 30 ms',
      '20 s of 600 s: 100 sent, 3 failed; now 16 a second, p99 at most 60 ms',
    ]);
  });
});

describe('the charts of a report', () => {
  const report = (count: number) => ({ seconds: seconds(count) }) as LoadReport;

  it('has a bar for several seconds where they do not fit', () => {
    expect(secondsChart(report(4), 80, plain)[0]).toBe('  answers a second  ▂▄▆█  at most 4');
    const [answers, , p99] = secondsChart(report(100), 80, plain);
    expect(answers).toMatch(/ {2}[▁-█]{34} {2}at most 100$/);
    expect(p99).toMatch(/at most 300 ms$/);
    expect([secondsChart(report(0), 80, plain), secondsChart(report(9), 30, plain)]).toEqual([[], []]);
  });

  it('leaves a blank where nothing was answered', () => {
    const quiet = { seconds: [second(1), { answered: 0, failed: 9, p50: null, p99: null }, second(100)] } as LoadReport;
    expect(secondsChart(quiet, 80, plain)[0]).toBe('  answers a second  ▁ █  at most 100');
    const dead = { seconds: [{ answered: 0, failed: 9, p50: null, p99: null }] } as LoadReport;
    expect(secondsChart(dead, 80, plain)[0]).toBe('  answers a second     at most 0');
  });

  it('shows how latencies are spread', () => {
    const groups = [
      { upTo: 5, count: 20 },
      { upTo: 10, count: 0 },
      { upTo: null, count: 5 },
    ];
    expect(distributionChart(groups, 50, plain)).toEqual([
      '  to 5 ms           20  80%  ██████████',
      '  to 10 ms           0  0%',
      '  over 10 ms         5  20%  ███',
    ]);
    expect([distributionChart([], 80, plain), distributionChart(groups, 20, plain)]).toEqual([[], []]);
  });

  it('has no chart without a terminal', () => {
    const whole = {
      ...{ idTag: 'bob.test', durationMs: 1, sent: 5, failed: 0, unanswered: 0, throughput: 5, succeeded: 5 },
      ...{ latency: null, corrected: true, errors: [], thresholds: [], baseline: null, stopped: false },
      ...{ seconds: seconds(3), distribution: [{ upTo: 5, count: 5 }] },
    } as unknown as LoadReport;
    expect(renderLoad(whole, plain, null).join()).not.toMatch(/[▁-█]/);
    expect(renderLoad(whole, plain, 80).join()).toMatch(/[▁-█]/);
  });
});
