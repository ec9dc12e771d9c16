/** The output of `store`. */
import type { ChalkInstance } from 'chalk';
import { withHome } from '../output/pasteable-hint.ts';
import type { StoreCheckOutput } from '../schemas/store-check.ts';
import type { StoreCompactOutput } from '../schemas/store-compact.ts';
import type { StoreRebuildOutput } from '../schemas/store-rebuild.ts';
import { byteText } from './bytes.ts';
import { counted } from './counted.ts';

/** The verdict of `store check`, and every finding. */
export function renderStoreCheck(report: StoreCheckOutput, home: string, colors: ChalkInstance): string[] {
  const { ok, findings, recovery } = report;
  const read = `${counted(report.records, 'record')}, ${counted(report.actions, 'action')}, ${counted(report.blobs, 'blob')}; ${byteText(report.bytes)} in ${seconds(report.ms)}`;
  const torn = `A crash had cut off the last write: ${recovery.tornBytes} bytes, kept in ${recovery.keptAt ?? 'no file'}`;
  return [
    `${ok ? colors.green('✓ sound') : colors.red(`✗ ${counted(findings.length, 'finding')}`)}  ${read}`,
    ...findings.map(({ kind, segment, offset, id, reason }) => {
      const place = [segment && `${segment}:${offset ?? '?'}`, id].filter(Boolean).join(' ');
      return `  ${[kind, place, reason].filter(Boolean).join('  ')}`;
    }),
    ...(recovery.tornBytes > 0 ? [torn] : []),
    ...(ok
      ? []
      : [
          withHome(
            '→ Stop the server and restore the damaged files from a backup; then, or for the index alone: cloudillo store rebuild',
            home,
          ),
        ]),
  ];
}

/** The result of `store rebuild`. */
export function renderStoreRebuild(
  { records, damaged, stats, ms }: StoreRebuildOutput,
  colors: ChalkInstance,
): string[] {
  return [
    `${colors.green('✓ rebuilt')}  ${counted(stats.actions, 'action')} from ${counted(records, 'record')} in ${seconds(ms)}`,
    ...damaged.map(({ segment, offset, reason }) => `${colors.red('  damaged')}  ${segment}:${offset}  ${reason}`),
  ];
}

/** The result of `store compact`. */
export function renderStoreCompact(done: StoreCompactOutput, colors: ChalkInstance): string[] {
  const { dryRun, erased, files, forgotten, segments, rewritten, before, after, removed, ms } = done;
  const parts = [
    erased > 0 ? counted(erased, 'action') : null,
    files > 0 ? counted(files, 'file') : null,
    forgotten > 0 ? (forgotten === 1 ? '1 ended delivery' : `${forgotten} ended deliveries`) : null,
    removed > 0 ? counted(removed, 'blob') : null,
  ].filter((part) => part !== null);
  const verdict = dryRun ? colors.green('✓ could be compacted') : colors.green('✓ compacted');
  return [
    `${verdict}  ${byteText(before)} → ${byteText(after)}; ${rewritten} of ${counted(segments, 'segment')} in ${seconds(ms)}`,
    ...(parts.length > 0 ? [`  ${dryRun ? 'would go' : 'gone'} for good: ${parts.join(', ')}`] : []),
  ];
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
