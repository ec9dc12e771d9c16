import type { ChalkInstance } from 'chalk';
import type { Check } from '../../protocol/verify.ts';
import type { Verdict, VerifyReport } from '../../services/verify-token.ts';
import type { BatchCounts, InspectedLine } from '../verify-batch.ts';
import { type Field, fieldLines } from './fields.ts';
import { printable, printableJson } from './printable.ts';
import { timeWithDistance } from './time.ts';

/** The part of a report that decoding alone gives. */
export type DecodedReport = Pick<VerifyReport, 'actionId' | 'header' | 'claims'>;

const MARKS: Record<Check['status'], string> = { pass: '✓', fail: '✗', skip: '–' };

/** The screen for one token: verdict, claims, key, every check. */
export function report(token: VerifyReport, verdict: Verdict, now: number, colors: ChalkInstance): string {
  const width = Math.max(...token.checks.map((check) => check.id.length));
  const paint = { pass: colors.green, fail: colors.red, skip: colors.dim };
  const checks = token.checks.map(({ id, status, code, reason }) => {
    const said = [status === 'fail' ? code : undefined, reason && printable(reason)].filter(Boolean).join(': ');
    return `  ${paint[status](MARKS[status])} ${id.padEnd(width)}  ${said}`.trimEnd();
  });
  return [
    headline(token, verdict, colors),
    '',
    ...fieldLines([...claimFields(token, now), keyField(token)]),
    '',
    ...checks,
    ...(verdict.is === 'undecided' && verdict.hint ? ['', `  → ${verdict.hint}`] : []),
  ].join('\n');
}

/** The screen of `--inspect`. Says nothing about the token's worth. */
export function inspection(token: DecodedReport, now: number, colors: ChalkInstance): string {
  return [
    `${colors.yellow('decoded only, nothing was checked')}  ${parties(token.claims)}`,
    '',
    ...fieldLines([...claimFields(token, now), ['header', printableJson(token.header)]]),
  ].join('\n');
}

/** One token of a batch on one line. */
export function batchLine(line: number, token: VerifyReport, verdict: Verdict, colors: ChalkInstance): string {
  const parts = [String(line), verdictWord(verdict, colors, 11), token.actionId ?? 'no token'];
  if (token.claims) parts.push(parties(token.claims));
  if (verdict.is !== 'valid') parts.push(`${verdict.code}: ${printable(verdict.reason)}`);
  return parts.join('  ');
}

/** The sum of a batch. */
export function batchSummary({ valid, failed, undecided }: BatchCounts): string {
  return `${valid + failed + undecided} tokens: ${valid} valid, ${failed} failed, ${undecided} undecided`;
}

/** One line of an `--inspect` batch. */
export function inspectedLine(item: InspectedLine, colors: ChalkInstance): string {
  if ('error' in item) return `${item.line}  ${colors.red(item.error.code)}: ${printable(item.error.message)}`;
  return `${item.line}  ${item.actionId}  ${parties(item.claims)}`;
}

function headline(report: VerifyReport, verdict: Verdict, colors: ChalkInstance): string {
  const about = report.claims ? `  ${parties(report.claims)}` : '';
  const why = verdict.is === 'valid' ? '' : `\n  ${verdict.code}: ${printable(verdict.reason)}`;
  return `${verdictWord(verdict, colors)}${about}${why}`;
}

function verdictWord(verdict: Verdict, colors: ChalkInstance, width = 0): string {
  if (verdict.is === 'valid') return colors.green('✓ valid'.padEnd(width));
  return verdict.is === 'failed' ? colors.red('✗ failed'.padEnd(width)) : colors.yellow('? undecided'.padEnd(width));
}

/** `FLLW  carol.test → alice.test`, as far as the claims say. */
function parties(claims: Record<string, unknown> | null): string {
  if (!claims) return '';
  const name = (value: unknown) => (typeof value === 'string' ? printable(value).slice(0, 80) : '?');
  return `${name(claims['t'])}  ${name(claims['iss'])}${claims['aud'] === undefined ? '' : ` → ${name(claims['aud'])}`}`;
}

function claimFields({ actionId, claims }: DecodedReport, now: number): Field[] {
  if (!claims) return [['action', 'none: the token could not be decoded']];
  const fields: Field[] = [['action', actionId ?? '?']];
  for (const [claim, value] of Object.entries(claims)) {
    const isTime = (claim === 'iat' || claim === 'exp') && typeof value === 'number';
    const text = typeof value === 'string' && claim !== 'c' ? printable(value) : printableJson(value);
    fields.push([CLAIM_NAMES[claim] ?? printable(claim), isTime ? timeWithDistance(value, now) : text]);
  }
  return fields;
}

const CLAIM_NAMES: Readonly<Record<string, string>> = {
  iss: 'issuer',
  k: 'key ID',
  t: 'type',
  iat: 'issued',
  exp: 'expires',
  aud: 'audience',
  sub: 'subject',
  p: 'parent',
  c: 'content',
  a: 'attachments',
  f: 'flags',
  v: 'visibility',
  _: 'nonce',
};

function keyField({ key }: VerifyReport): Field {
  return ['key', key ? `${printable(key.keyId)}  ${key.fingerprint}  from ${key.location}` : 'not found'];
}
