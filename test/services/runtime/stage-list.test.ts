import { describe, expect, it } from 'vitest';
import { ended, StageList } from '../../../src/services/runtime/stage-list.ts';

interface Deps {
  log: string[];
}

const list = StageList.of<Deps, number, string>()
  .stage('double', (_deps, value) => value * 2)
  .stage('bound', (_deps, value) => (value > 100 ? ended('too large') : value))
  .within(
    async (deps, _value, task) => {
      deps.log.push('taken');
      try {
        return await task(deps);
      } finally {
        deps.log.push('given back');
      }
    },
    (inner) =>
      inner
        .stage('odd', async (_deps, value) => {
          if (value === 26) throw new RangeError('26');
          return value === 14 ? ended('fourteen') : value;
        })
        .stage('store', (deps, value) => {
          deps.log.push(`stored ${value}`);
          return value;
        }),
  )
  .stage('answer', (_deps, value) => `answer ${value}`);

describe('a list of stages', () => {
  it('names its stages in order, those that hold something included', () => {
    expect(list.names).toEqual(['double', 'bound', 'odd', 'store', 'answer']);
  });

  it('hands on what each stage returns', async () => {
    const deps = { log: [] };
    expect(await list.run(deps, 4)).toBe('answer 8');
    expect(deps.log).toEqual(['taken', 'stored 8', 'given back']);
  });

  it('ends where a stage says so, and gives back what it holds', async () => {
    const deps = { log: [] };
    expect(await list.run(deps, 51)).toBe('too large');
    expect(deps.log).toEqual([]);
    expect(await list.run(deps, 7)).toBe('fourteen');
    expect(deps.log).toEqual(['taken', 'given back']);
  });

  it('throws what a stage throws, and gives back what it holds', async () => {
    const deps = { log: [] };
    await expect(list.run(deps, 13)).rejects.toThrow(RangeError);
    expect(deps.log).toEqual(['taken', 'given back']);
  });

  it('tells whoever watches when each stage began and how it ended', async () => {
    const seen: string[] = [];
    let last = performance.now();
    const watch = (stage: string, began: number, error?: unknown) => {
      expect(began).toBeGreaterThanOrEqual(last);
      last = performance.now();
      seen.push(`${stage} ${error ? 'failed' : 'done'}`);
    };
    await expect(list.run({ log: [] }, 13, watch)).rejects.toThrow();
    expect(seen).toEqual(['double done', 'bound done', 'odd failed']);
  });

  it('places what a stage throws, wherever the stage stands, and tells the watcher of it', async () => {
    const placed = StageList.of<null, number, string>(
      (error, stage) => new Error(`${stage}: ${(error as Error).message}`),
    )
      .stage('sync', (_deps, value) => {
        if (value === 1) throw new RangeError('one');
        return value;
      })
      .within(
        (_deps, _value, task) => task(null),
        (inner) =>
          inner.stage('async', async (_deps, value) => {
            if (value === 2) throw new RangeError('two');
            return value;
          }),
      );
    const seen: unknown[] = [];
    const watch = (stage: string, _began: number, error?: unknown) =>
      seen.push(stage, (error as Error | undefined)?.message);
    await expect(placed.run(null, 1, watch)).rejects.toThrow('sync: one');
    await expect(placed.run(null, 2, watch)).rejects.toThrow('async: two');
    expect(await placed.run(null, 3)).toBe(3);
    expect(seen).toEqual(['sync', 'sync: one', 'sync', undefined, 'async', 'async: two']);
  });
});
