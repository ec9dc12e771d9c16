/** Settings as they are typed: `listen.port=9443`. */
import { resolve } from 'node:path';
import { SETTINGS } from '../../store/settings/setting-definitions.ts';
import { parseSetting } from '../../store/settings/setting-values.ts';
import type { SettingName } from '../../store/settings/settings.ts';
import { usageError } from '../output/output.ts';
import { settingName } from '../usage/setting-name.ts';

/** A checked setting and its value. */
export interface Assignment {
  name: SettingName;
  /** The value as text, for the writer of `config.json`. */
  raw: string;
  value: unknown;
  /** A sentence about a value in an old form. */
  notes: string[];
}

/** A duration without a unit. Until 0.3 it is taken as milliseconds. */
const OLD_DURATION = /^[1-9]\d*$/;

/**
 * Checks settings like `listen.port=9443` before anything is created.
 * @throws CloudilloError `usage.setting`
 */
export function parseAssignments(texts: readonly string[]): Assignment[] {
  return texts.map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return assignment(name, value);
    throw usageError('usage.setting', `"${text}" is no NAME=VALUE`, 'For example: --set listen.port=9443');
  });
}

/** Checks one setting and its value. @throws CloudilloError `usage.setting` */
export function assignment(typed: string, text: string): Assignment {
  const name = settingName(typed);
  if (SETTINGS[name].kind === 'duration' && OLD_DURATION.test(text)) {
    const note = `note: ${text} is now ${text}ms; the old form works until 0.3`;
    return { ...assignment(name, `${text}ms`), notes: [note] };
  }
  // A relative path that is typed at a shell is relative to the working directory, not to the home.
  const raw = SETTINGS[name].kind === 'path' && text !== '' ? resolve(text) : text;
  return { name, raw, value: parseSetting(name, raw), notes: [] };
}
