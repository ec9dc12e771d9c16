/** Reads `--report junit=F,tap=F`. */
import { usageError } from '../output/output.ts';

/** The formats of a report. */
export const REPORT_FORMATS = ['junit', 'tap', 'markdown', 'json', 'html'] as const;

/** The name of a format. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A report that was asked for. */
export interface ReportTarget {
  format: ReportFormat;
  /** The file; `-` is standard output. */
  path: string;
}

/** A comma ends a file's name only where another format begins. */
const NEXT = new RegExp(`,(?=(?:${REPORT_FORMATS.join('|')})=)`);

/** @throws CloudilloError `usage.value` */
export function parseReportTargets(text: string): ReportTarget[] {
  return text.split(NEXT).map((part) => {
    const [, name = '', path = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const format = REPORT_FORMATS.find((one) => one === name);
    if (format !== undefined && path !== '') return { format, path };
    const formats = REPORT_FORMATS.join(', ');
    throw usageError('usage.value', `"${part}" is not a report`, `Write FORMAT=FILE with a format of ${formats}`);
  });
}
