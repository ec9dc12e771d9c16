/** The output of `fetch-file`. */
import type { ChalkInstance } from 'chalk';
import type { FileReport } from '../../services/inspect/fetch-file.ts';

/** The fetched file, in one or two lines. */
export function renderFile(report: FileReport, savedTo: string | null, colors: ChalkInstance): string[] {
  const what = [
    savedTo === null ? '' : savedTo,
    `${report.size} bytes`,
    report.blobId,
    report.variant === null ? '' : `(${report.variant})`,
  ];
  const facts = what.filter(Boolean).join('  ');
  if (report.verified !== 'none') return [`${colors.green('✓ verified')}  ${facts}`];
  const why = `  ${report.from} gave nothing to verify these bytes against.`;
  return [`${colors.yellow('? not verified')}  ${facts}`, why];
}
