/** The stages of a use case: timed, and reported while they run. */
import { errorToObject } from '../../protocol/errors.ts';
import { NOBODY, type Observer, type Span } from '../../protocol/observer.ts';
import type { Emit } from './deps.ts';

/** The outcome of one stage of a use case. */
export interface StageReport {
  stage: string;
  status: 'done' | 'failed' | 'skipped';
  /** Milliseconds, rounded to a tenth. */
  ms: number;
  detail?: string;
}

/** Runs the stages of a use case one after the other, times them, and reports them. */
export interface Stages {
  /** The outcomes so far, in order. */
  readonly reports: StageReport[];
  /** Runs `work` as a stage, with its span if somebody observes. `describe` makes the detail of its result. A failure is reported and thrown again. */
  run<T>(
    stage: string,
    work: (span: Span | null) => Promise<T>,
    describe?: (result: T) => string | undefined,
  ): Promise<T>;
  /** Reports a stage that isn't needed, with the reason. */
  skip(stage: string, reason: string): void;
}

/** Makes the stages of one use case. @param observer gets a span for each stage */
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
        const result = await (span ? span.run(() => work(span)) : work(null));
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
