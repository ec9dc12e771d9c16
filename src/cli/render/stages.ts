/** Lines of progress. */
import type { ChalkInstance } from 'chalk';
import type { StageEvent } from '../../services/runtime/deps.ts';

const WIDTH = 9;

/** A line for a stage that ended; null for one that begins. */
export function stageLine({ stage, status, ms, detail }: StageEvent, colors: ChalkInstance): string | null {
  if (status === 'start') return null;
  const mark = MARKS[status](colors);
  const time = ms ? colors.dim(`  ${ms < 10 ? ms : Math.round(ms)} ms`) : '';
  const text = status === 'skipped' ? `skipped: ${detail}` : (detail ?? '');
  return `  ${mark} ${stage.padEnd(WIDTH)}  ${text}${time}`;
}

const MARKS = {
  done: (colors: ChalkInstance) => colors.green('✓'),
  failed: (colors: ChalkInstance) => colors.red('✗'),
  skipped: (colors: ChalkInstance) => colors.dim('–'),
};
