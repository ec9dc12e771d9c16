/** The output of `verify-token`. */
import type { ChalkInstance } from 'chalk';
import type { Verdict, VerifyReport } from '../../services/keys/verify-token.ts';
import { jsonText } from '../output/foreign-text.ts';
import type { BatchCounts, InspectedLine } from '../run/verify-batch.ts';
import { counted } from './counted.ts';
import { type Field, fieldLines } from './fields.ts';
import { checkLines, claimFields, parties } from './token.ts';

/** The part of a report that needs no verification. */
export type DecodedReport = Pick<VerifyReport, 'actionId' | 'header' | 'claims'>;

/** The report of one token: verdict, claims, key, every check. */
export function report(
  token: VerifyReport,
  verdict: Verdict,
  { hint, now }: { hint?: string | undefined; now: number },
  colors: ChalkInstance,
): string[] {
  return [
    ...headline(token, verdict, colors),
    '',
    ...fieldLines([...claimFields(token, now), keyField(token)]),
    '',
    ...checkLines(token.checks, colors),
    ...(hint === undefined ? [] : ['', `  → ${hint}`]),
  ];
}

/** The output of `--inspect`. It has no verdict. */
export function inspection(token: DecodedReport, now: number, colors: ChalkInstance): string[] {
  return [
    `${colors.yellow('decoded only, nothing was checked')}  ${parties(token.claims)}`,
    '',
    ...fieldLines([...claimFields(token, now), ['header', jsonText(token.header)]]),
  ];
}

/** One token of a batch on one line. */
export function batchLine(line: number, token: VerifyReport, verdict: Verdict, colors: ChalkInstance): string {
  const parts = [String(line), verdictWord(verdict, colors, 11), token.actionId ?? 'no token'];
  if (token.claims) parts.push(parties(token.claims));
  if (token.key) parts.push(`key ${token.key.keyId} from ${token.key.source}`);
  if (verdict.is !== 'valid') parts.push(`${verdict.code}: ${verdict.reason}`);
  return parts.join('  ');
}

/** The totals of a batch. */
export function batchSummary({ valid, failed, undecided }: BatchCounts): string {
  return `${counted(valid + failed + undecided, 'token')}: ${valid} valid, ${failed} failed, ${undecided} undecided`;
}

/** One line of an `--inspect` batch. */
export function inspectedLine(item: InspectedLine, colors: ChalkInstance): string {
  if ('error' in item) return `${item.line}  ${colors.red(item.error.code)}: ${item.error.message}`;
  return `${item.line}  ${item.actionId}  ${parties(item.claims)}`;
}

function headline(report: VerifyReport, verdict: Verdict, colors: ChalkInstance): string[] {
  const about = report.claims ? `  ${parties(report.claims)}` : '';
  const why = verdict.is === 'valid' ? [] : [`  ${verdict.code}: ${verdict.reason}`];
  return [`${verdictWord(verdict, colors)}${about}`, ...why];
}

function verdictWord(verdict: Verdict, colors: ChalkInstance, width = 0): string {
  if (verdict.is === 'valid') return colors.green('✓ valid'.padEnd(width));
  return verdict.is === 'failed' ? colors.red('✗ failed'.padEnd(width)) : colors.yellow('? undecided'.padEnd(width));
}

function keyField({ key }: VerifyReport): Field {
  return ['key', key ? `${key.keyId}  ${key.fingerprint}  from ${key.location}` : 'not found'];
}
