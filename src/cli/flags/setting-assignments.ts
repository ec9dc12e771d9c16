import { resolve } from 'node:path';
import { SETTINGS } from '../../store/settings/setting-definitions.ts';
import { parseSetting, type SettingName } from '../../store/settings/settings.ts';
import { usageError } from '../output/output.ts';
import { settingName } from '../usage/setting-name.ts';

/** A setting as it was typed, checked. */
export interface Assignment {
  name: SettingName;
  /** As text, for `config.json`'s writer. */
  raw: string;
  value: unknown;
}

/**
 * `listen.port=9443` → checked name and value, before anything is created.
 * @throws CloudilloError `usage.setting`
 */
export function parseAssignments(texts: readonly string[]): Assignment[] {
  return texts.map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return assignment(name, value);
    throw usageError('usage.setting', `"${text}" is no NAME=VALUE`, 'For example: --set listen.port=9443');
  });
}

/** @throws CloudilloError `usage.setting` */
export function assignment(typed: string, text: string): Assignment {
  const name = settingName(typed);
  // Typed at a shell, a relative path means this directory, not the home.
  const raw = SETTINGS[name].kind === 'path' && text !== '' ? resolve(text) : text;
  return { name, raw, value: parseSetting(name, raw) };
}
