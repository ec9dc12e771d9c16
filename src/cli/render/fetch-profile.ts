/** The output of `fetch-profile`. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import type { KeyReport, ProfileReport } from '../../services/inspect/fetch-profile.ts';
import { type Field, fieldLines } from './fields.ts';
import { timingsText } from './timings.ts';

/** A profile on one screen. `now` in unix seconds. */
export function renderProfile(report: ProfileReport, now: number, colors: ChalkInstance): string[] {
  const fields: (Field | null)[] = [
    ['url', report.url],
    report.address === null ? null : ['address', report.address],
    report.profilePic === null ? null : ['picture', report.profilePic],
    ...(report.keys.length === 0 ? [['keys', colors.yellow('none')] as const] : []),
    ...report.keys.map((key, index): Field => [index === 0 ? 'keys' : '', keyText(key, now, colors)]),
    ['tls', tlsText(report, now)],
    ['timing', timingsText(report.timings)],
  ];
  const name = report.name === '' ? '' : `  ${report.name}`;
  return [`${colors.bold(report.idTag)}${name} (${report.type})`, ...fieldLines(fields)];
}

function keyText(key: KeyReport, now: number, colors: ChalkInstance): string {
  const keyId = key.keyId;
  if (!key.usable) {
    return `${colors.red('✗')} ${keyId}  ${key.problem?.code}: ${key.problem?.reason ?? ''}`;
  }
  return `${colors.green('✓')} ${keyId}  P-384  ${key.fingerprint}  ${expiryText(key, now, colors)}`;
}

function expiryText({ expiresAt, expired }: KeyReport, now: number, colors: ChalkInstance): string {
  if (expiresAt === null) return 'no expiry';
  const text = distance(expiresAt, now);
  return expired ? colors.yellow(`expired ${text}`) : `expires ${text}`;
}

function tlsText({ tls }: ProfileReport, now: number): string {
  if (!tls) return 'unknown';
  return `${tls.protocol}, issued by ${tls.issuer}, until ${distance(tls.validTo, now)}`;
}

function distance(iso: string, now: number): string {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  return timeWithDistance(seconds, now);
}
