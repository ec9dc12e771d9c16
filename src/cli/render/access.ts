/** The output of `token` and `api-key`. */
import type { ChalkInstance } from 'chalk';
import { relativeTime } from '../../protocol/reason-text.ts';
import type { ApiKeyOutput } from '../schemas/api-key-list.ts';
import { type Field, fieldLines } from './fields.ts';
import { shownSecond, shownTime } from './shown-time.ts';
import { table } from './table.ts';

/** A new access token. @param file the file that it is in; null: on stdout */
export function renderToken(
  { idTag, scope, expiresAt }: { idTag: string; scope?: string; expiresAt: string },
  file: string | null,
  colors: ChalkInstance,
): string[] {
  const what = `access token of ${colors.bold(idTag)}`;
  const fields: (Field | null)[] = [scope === undefined ? null : ['scope', scope], ['expires', shownSecond(expiresAt)]];
  return [written(what, file, colors), ...fieldLines(fields)];
}

/** A new API key. @param file the file that it is in; null: on stdout */
export function renderNewApiKey(
  { idTag, keyId, keyPrefix, name, scope, expiresAt }: ApiKeyOutput & { idTag: string },
  file: string | null,
  colors: ChalkInstance,
): string[] {
  const fields: (Field | null)[] = [
    ['number', `${keyId} (${keyPrefix}…)`],
    name === null ? null : ['name', name],
    scope === null ? null : ['scope', scope],
    ['expires', expiresAt === null ? 'never' : shownTime(expiresAt)],
  ];
  const once = 'It is shown this once: only its hash is kept.';
  return [written(`API key of ${colors.bold(idTag)}`, file, colors), ...fieldLines(fields), once];
}

/** One line for each key. @param now unix seconds */
export function renderApiKeys(keys: readonly ApiKeyOutput[], now: number): string[] {
  const ago = (date: string) => relativeTime(Date.parse(date) / 1000, now);
  return table(
    keys.map(({ keyId, keyPrefix, name, scope, createdAt, expiresAt, lastUsedAt }) => [
      String(keyId),
      `${keyPrefix}…`,
      `made ${shownTime(createdAt)}`,
      lastUsedAt === null ? 'never used' : `used ${ago(lastUsedAt)}`,
      expiresAt === null
        ? 'no expiry'
        : `${Date.parse(expiresAt) / 1000 <= now ? 'expired' : 'expires'} ${ago(expiresAt)}`,
      [name === null ? '' : name, scope ?? ''].filter(Boolean).join('  '),
    ]),
  );
}

function written(what: string, file: string | null, colors: ChalkInstance): string {
  return file === null
    ? `${colors.green('Made')} an ${what}`
    : `${colors.green('Wrote')} an ${what} to ${colors.bold(file)} (mode 0600)`;
}
