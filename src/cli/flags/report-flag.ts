/** `--report`: where the results of a command go as test cases. */
import * as Flags from '@oclif/core/flags';
import { parseReportTargets, type ReportTarget } from '../results/report-targets.ts';

/** The flag of every command that checks something. The base command opens and writes the files. */
export const reportFlag = {
  report: Flags.custom<ReportTarget[]>({
    description: 'write the results as junit, tap, markdown, json or html; - is standard output; may be repeated',
    helpValue: 'FORMAT=FILE,…',
    multiple: true,
    multipleNonGreedy: true,
    parse: async (input) => parseReportTargets(input),
  })(),
};
