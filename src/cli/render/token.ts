/** Tokens and their checks as text. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import type { VerifyReport } from '../../services/keys/verify-token.ts';
import { jsonText } from '../output/foreign-text.ts';
import type { Field } from './fields.ts';

const MARKS = { pass: '✓', warn: '!', fail: '✗', skip: '–' };

/** A check as it is shown. */
export interface ShownCheck {
  id: string;
  status: keyof typeof MARKS;
  code?: string;
  reason?: string;
  hint?: string;
}

/** One line for each check, the reasons aligned; under it the next step, where there is one. */
export function checkLines(checks: readonly ShownCheck[], colors: ChalkInstance): string[] {
  const width = Math.max(0, ...checks.map((check) => check.id.length));
  const paint = { pass: colors.green, warn: colors.yellow, fail: colors.red, skip: colors.dim };
  return checks.flatMap(({ id, status, code, reason, hint }) => {
    const said = [status === 'fail' ? code : undefined, reason].filter(Boolean).join(': ');
    const line = `  ${paint[status](MARKS[status])} ${id.padEnd(width)}  ${said}`.trimEnd();
    return hint === undefined ? [line] : [line, `    ${' '.repeat(width)}  → ${hint}`];
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
