/** Tokens and their checks as text. */
import type { ChalkInstance } from 'chalk';
import type { Check } from '../../protocol/check.ts';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import type { VerifyReport } from '../../services/keys/verify-token.ts';
import { jsonText } from '../output/foreign-text.ts';
import type { Field } from './fields.ts';

const MARKS: Record<Check['status'], string> = { pass: '✓', fail: '✗', skip: '–' };

/** One line for each check, the reasons aligned. */
export function checkLines(checks: readonly Check<string>[], colors: ChalkInstance): string[] {
  const width = Math.max(0, ...checks.map((check) => check.id.length));
  const paint = { pass: colors.green, fail: colors.red, skip: colors.dim };
  return checks.map(({ id, status, code, reason }) => {
    const said = [status === 'fail' ? code : undefined, reason && reason].filter(Boolean).join(': ');
    return `  ${paint[status](MARKS[status])} ${id.padEnd(width)}  ${said}`.trimEnd();
  });
}

/** The issuer and audience of a token, as its claims have them: `FLLW  carol.test → alice.test`. */
export function parties(claims: Record<string, unknown> | null): string {
  if (!claims) return '';
  const name = (value: unknown) => (typeof value === 'string' ? value.slice(0, 80) : '?');
  return `${name(claims['t'])}  ${name(claims['iss'])}${claims['aud'] === undefined ? '' : ` → ${name(claims['aud'])}`}`;
}

/** The claims of a token; times with their distance from `now` (unix seconds). */
export function claimFields({ actionId, claims }: Pick<VerifyReport, 'actionId' | 'claims'>, now: number): Field[] {
  if (!claims) return [['action', 'none: the token could not be decoded']];
  const fields: Field[] = [['action', actionId ?? '?']];
  for (const [claim, value] of Object.entries(claims)) {
    const isTime = (claim === 'iat' || claim === 'exp') && typeof value === 'number';
    const text = typeof value === 'string' && claim !== 'c' ? value : jsonText(value);
    fields.push([CLAIM_NAMES[claim] ?? claim, isTime ? timeWithDistance(value, now) : text]);
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
