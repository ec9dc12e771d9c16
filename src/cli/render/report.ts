/** The output of `report`: Markdown, to be pasted. */

import type { ChalkInstance } from 'chalk';
import type { Report } from '../run/make-report.ts';
import { renderExamination, type ShownExamination } from './doctor.ts';

/** The report. @param plain chalk without colours: it is pasted elsewhere */
export function renderReport(report: Report, plain: ChalkInstance): string[] {
  const { madeAt, version, node, system, settings, environment, doctor, peer, log } = report;
  const block = (lines: readonly string[]) => ['```', ...lines.map((line) => line.replaceAll('```', "'''")), '```', ''];
  const shown = (found: Omit<ShownExamination, 'subject'>, subject: string) =>
    block(renderExamination({ ...found, subject }, plain));
  const values = Array.isArray(settings)
    ? settings.map(({ name, value, origin }) => `${name} = ${JSON.stringify(value)}  (${origin})`)
    : [`${settings.error.code}: ${settings.error.message}`];
  return [
    `# cloudillo ${version}`,
    '',
    `- made: ${madeAt}`,
    `- node: ${node}`,
    `- system: ${system}`,
    `- environment: ${environment.join(', ') || 'nothing set'}`,
    '',
    '## Settings that are not the default',
    '',
    ...block(values),
    '## doctor',
    '',
    ...shown(doctor, doctor.home),
    ...(peer ? [`## doctor ${peer.idTag}`, '', ...shown(peer, peer.idTag)] : []),
    ...(log ? ['## Log', '', ...block(log)] : []),
    'Secrets were taken out. Read it before you pass it on: it has names of identities, hosts and addresses.',
  ];
}
