import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type SupervisedWorker, supervise } from '../../../src/services/background/supervise.ts';
import { movedClock } from '../../support/clock.ts';

const START = Date.UTC(2026, 10, 29);
const MINUTE = 60_000;

/** Runs workers; the pauses are told, and end when the test says so. */
function start(workers: SupervisedWorker[]) {
  const stop = new AbortController();
  const clock = movedClock(START);
  const logged: { level: string; fields: unknown }[] = [];
  const pauses: number[] = [];
  let [endPause, inPause] = [() => {}, () => {}];
  const supervision = supervise(
    { clock, log: (level, _message, fields) => logged.push({ level, fields }) },
    workers,
    stop.signal,
    (ms, signal) =>
      new Promise<void>((resolve) => {
        pauses.push(ms);
        endPause = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
        inPause();
      }),
  );
  onTestFinished(async () => {
    stop.abort();
    await supervision.ended;
  });
  const paused = (count: number) =>
    new Promise<void>((resolve) => {
      inPause = () => pauses.length >= count && resolve();
      inPause();
    });
  return { stop, clock, logged, pauses, supervision, paused, goOn: () => endPause() };
}

/** Works until it is told to end. */
const steady = (name: string): SupervisedWorker => ({
  name,
  run: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
});
const failing = (run: (round: number, signal: AbortSignal) => Promise<void>): SupervisedWorker => {
  let round = 0;
  return { name: 'failing', run: (signal) => run(++round, signal) };
};
const broken = () => Promise.reject(new Error('the disk is gone'));

describe('supervision', () => {
  it('tells how each worker is, and ends when all have ended', async () => {
    const { stop, supervision } = start([steady('one'), steady('two')]);
    const running = { state: 'running', restarts: 0, error: null, nextStartAt: null };
    expect(supervision.states()).toEqual([
      { name: 'one', ...running },
      { name: 'two', ...running },
    ]);
    stop.abort();
    await supervision.ended;
    expect(supervision.states().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });

  it('logs a worker that fails, says why and when it starts again, and starts it again', async () => {
    const worker = failing((round, signal) => (round === 1 ? broken() : steady('').run(signal)));
    const { supervision, logged, paused, goOn } = start([worker, steady('other')]);
    await paused(1);
    expect(supervision.states()[0]).toMatchObject({
      state: 'paused',
      restarts: 0,
      error: { code: 'internal.unexpected', cause: expect.stringContaining('the disk is gone') },
      nextStartAt: START + 1000,
    });
    expect(supervision.states()[1]?.state).toBe('running');
    expect(logged).toMatchObject([{ level: 'error', fields: { worker: 'failing', pause: 1000 } }]);
    goOn();
    await expect.poll(() => supervision.states()[0]?.state).toBe('running');
    expect(supervision.states()[0]).toMatchObject({ restarts: 1, nextStartAt: null });
  });

  it('pauses longer each time, up to half a minute', async () => {
    const { pauses, paused, goOn } = start([failing(broken)]);
    for (let count = 1; count <= 7; count += 1) {
      await paused(count);
      goOn();
    }
    expect(pauses.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('begins with the shortest pause again after a worker that ran for long', async () => {
    let clock: { pass(ms: number): void } | undefined;
    const worker = failing(async (round) => {
      await Promise.resolve();
      if (round === 3) clock?.pass(10 * MINUTE);
      return broken();
    });
    const started = start([worker]);
    clock = started.clock;
    for (let count = 1; count <= 3; count += 1) {
      await started.paused(count);
      started.goOn();
    }
    expect(started.pauses.slice(0, 3)).toEqual([1000, 2000, 1000]);
  });

  it('takes a worker that ends by itself for one that failed', async () => {
    const { supervision, paused } = start([failing(async () => {})]);
    await paused(1);
    expect(supervision.states()[0]).toMatchObject({ state: 'paused', error: { code: 'internal.unexpected' } });
  });

  it('ends what a failed worker began and left behind', async () => {
    let left: AbortSignal | undefined;
    const { paused } = start([
      failing((_round, signal) => {
        left = signal;
        return broken();
      }),
    ]);
    await paused(1);
    expect(left?.aborted).toBe(true);
  });

  it('stops during a pause at once, and leaves nothing listening', async () => {
    const stop = new AbortController();
    const supervision = supervise({ clock: movedClock(START), log: () => {} }, [failing(broken)], stop.signal);
    await expect.poll(() => supervision.states()[0]?.state).toBe('paused');
    stop.abort();
    await supervision.ended;
    expect(supervision.states()[0]).toMatchObject({ state: 'stopped', nextStartAt: null });
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});
