/** The output of `fetch-action`. */
import type { ChalkInstance } from 'chalk';
import type { ActionReport, ActionVerdict } from '../../services/inspect/fetch-action.ts';
import { jsonText } from '../output/foreign-text.ts';
import { fieldLines } from './fields.ts';
import { checkLines, claimFields, parties } from './token.ts';

/** An action: the signed claims, or without a token the peer's view. `now` in unix seconds. */
export function renderAction(
  report: ActionReport,
  verdict: ActionVerdict,
  now: number,
  colors: ChalkInstance,
): string[] {
  const facts = report.claims ? claimFields(report, now) : viewFields(report);
  return [
    `${verdictWord(verdict, colors)}  ${report.claims ? parties(report.claims) : typeOf(report)}`,
    ...(verdict.is === 'valid' ? [] : [`  ${verdict.reason}`]),
    '',
    ...fieldLines([...facts, report.key && ['key', `${report.key.fingerprint}  from ${report.key.location}`]]),
    ...(report.checks.length > 0 ? ['', ...checkLines(report.checks, colors)] : []),
  ];
}

function typeOf({ view: { type, subType } }: ActionReport): string {
  const parts = [type, subType].filter((part) => typeof part === 'string');
  return parts.join(':');
}

function viewFields({ actionId, view }: ActionReport): [string, string][] {
  const shown = Object.entries(view).filter(([name, value]) => name !== 'actionId' && value !== null);
  return [['action', actionId], ...shown.map(([name, value]): [string, string] => [name, jsonText(value)])];
}

function verdictWord(verdict: ActionVerdict, colors: ChalkInstance): string {
  if (verdict.is === 'valid') return colors.green('✓ verified');
  return verdict.is === 'failed' ? colors.red('✗ failed') : colors.yellow('? not verified');
}
