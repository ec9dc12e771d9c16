/** The output of `report`: Markdown, to be pasted. */

import type { ChalkInstance } from 'chalk';
import type { Part, Report } from '../run/make-report.ts';
import { renderArrivals } from './arrivals.ts';
import { counted } from './counted.ts';
import { renderExamination, type ShownExamination } from './doctor.ts';
import { renderStoreCheck } from './store.ts';

/** The report. @param tree the lines of its trace @param plain chalk without colours: it is pasted elsewhere */
export function renderReport(report: Report, tree: readonly string[], plain: ChalkInstance): string[] {
  const { madeAt, version, node, system, settings, environment, doctor, peer, deliveries, inbox, store } = report;
  const examined = (found: Omit<ShownExamination, 'subject'>, subject: string) =>
    block(renderExamination({ ...found, subject }, plain));
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
    ...block(linesOf(settings, settingLines)),
    '## doctor',
    '',
    ...examined(doctor, doctor.home),
    ...(peer ? [`## doctor ${peer.idTag}`, '', ...examined(peer, peer.idTag)] : []),
    '## Deliveries',
    '',
    ...block(linesOf(deliveries, deliveryLines)),
    '## Inbox, the last hour',
    '',
    ...block(linesOf(inbox, (found) => arrivalLines(found, plain))),
    '## Store',
    '',
    ...block(linesOf(store, (found) => storeLines(found, doctor.home, plain))),
    '## Trace of this report',
    '',
    ...block([...tree, ...(report.trace.left > 0 ? [`… and ${report.trace.left} more`] : [])]),
    ...(report.traces ? ['## Traces', '', ...block(report.traces)] : []),
    ...(report.log ? ['## Log', '', ...block(report.log)] : []),
    'Secrets were taken out. Read it before you pass it on: it has names of identities, hosts and addresses.',
  ];
}

function block(lines: readonly string[]): string[] {
  return ['```', ...lines.map((line) => line.replaceAll('```', "'''")), '```', ''];
}

function linesOf<T extends object>(part: Part<T>, lines: (made: T) => string[]): string[] {
  return 'error' in part ? [`${part.error.code}: ${part.error.message}`] : lines(part);
}

function settingLines(settings: Exclude<Report['settings'], { error: unknown }>): string[] {
  return settings.map(({ name, value, origin }) => `${name} = ${JSON.stringify(value)}  (${origin})`);
}

function deliveryLines({
  byState,
  failing,
  failingCount,
}: Exclude<Report['deliveries'], { error: unknown }>): string[] {
  return [
    Object.entries(byState)
      .map(([state, count]) => `${count} ${state}`)
      .join(', '),
    `${counted(failingCount, 'peer')} with an open circuit`,
    ...failing.map(
      ({ peer, since, attempts, nextAt, code, message }) =>
        `  ${peer}  since ${since}, ${counted(attempts, 'failure')}, next try ${nextAt}: ${code}: ${message}`,
    ),
  ];
}

function arrivalLines(
  { arrivals, hasMore }: Exclude<Report['inbox'], { error: unknown }>,
  plain: ChalkInstance,
): string[] {
  if (arrivals.length === 0) return ['nothing came'];
  return [...renderArrivals(arrivals, plain), ...(hasMore ? ['… and older ones'] : [])];
}

function storeLines(found: Exclude<Report['store'], { error: unknown }>, home: string, plain: ChalkInstance): string[] {
  const more = found.findingCount - found.findings.length;
  return [...renderStoreCheck(found, home, plain), ...(more > 0 ? [`… and ${counted(more, 'finding')} more`] : [])];
}
