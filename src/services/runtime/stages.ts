import { errorToObject } from '../../protocol/errors.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import type { Emit } from './deps.ts';

/** How one step of a use case went. */
export interface StageReport {
  stage: string;
  status: 'done' | 'failed' | 'skipped';
  /** Milliseconds, rounded to a tenth. */
  ms: number;
  detail?: string;
}

/** Runs the steps of a use case one after the other, times them, and tells whoever watches. */
export interface Stages {
  /** So far, in order. */
  readonly reports: StageReport[];
  /** Runs `work`; `describe` makes the detail of its result. A failure is reported and thrown again. */
  run<T>(stage: string, work: () => Promise<T>, describe?: (result: T) => string | undefined): Promise<T>;
  /** A step that isn't needed this time, and why. */
  skip(stage: string, reason: string): void;
}

/** @param observer gets a span of each step */
export function createStages(emit: Emit, observer: Observer = NOBODY): Stages {
  const reports: StageReport[] = [];
  const report = (stage: string, status: StageReport['status'], ms: number, detail?: string) => {
    reports.push({ stage, status, ms, ...(detail !== undefined && { detail }) });
  };
  return {
    reports,
    async run(stage, work, describe) {
      emit({ stage, status: 'start' });
      const started = performance.now();
      const span = observer.begin(stage, started);
      const elapsed = () => Math.round((performance.now() - started) * 10) / 10;
      try {
        const result = await work();
        const detail = describe?.(result);
        span?.end();
        report(stage, 'done', elapsed(), detail);
        emit({ stage, status: 'done', ms: elapsed(), ...(detail !== undefined && { detail }) });
        return result;
      } catch (error) {
        span?.end(error);
        const detail = errorToObject(error).message;
        report(stage, 'failed', elapsed(), detail);
        emit({ stage, status: 'failed', ms: elapsed(), detail });
        throw error;
      }
    },
    skip(stage, reason) {
      report(stage, 'skipped', 0, reason);
      emit({ stage, status: 'skipped', ms: 0, detail: reason });
    },
  };
}
