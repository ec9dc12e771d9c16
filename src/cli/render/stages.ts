import type { ChalkInstance } from 'chalk';
import { printable } from '../../protocol/printable.ts';
import type { StageEvent } from '../../services/runtime/deps.ts';

const WIDTH = 9;

/** A line of progress for a step that ended; null for one that begins. */
export function stageLine({ stage, status, ms, detail }: StageEvent, colors: ChalkInstance): string | null {
  if (status === 'start') return null;
  const mark = status === 'failed' ? colors.red('✗') : skipped(detail) ? colors.dim('–') : colors.green('✓');
  const time = ms ? colors.dim(`  ${ms < 10 ? ms : Math.round(ms)} ms`) : '';
  return `  ${mark} ${stage.padEnd(WIDTH)}  ${printable(detail ?? '')}${time}`;
}

function skipped(detail: string | undefined): boolean {
  return detail?.startsWith('skipped: ') ?? false;
}
