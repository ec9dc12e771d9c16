/** The output of `config`. */
import type { ChalkInstance } from 'chalk';
import type { SettingOutput } from '../schemas/config.ts';
import type { ChangedSettingOutput } from '../schemas/config-set.ts';
import { fieldLines } from './fields.ts';
import { table } from './table.ts';

/** A value as it can be given to `config set`. */
export function settingText(value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** One line for each setting. */
export function renderSettings(settings: readonly SettingOutput[]): string[] {
  return table(settings.map(({ name, value, origin, env }) => [name, shown(value), originText(origin, env)]));
}

/** One setting in detail. */
export function renderSetting(setting: SettingOutput, colors: ChalkInstance): string[] {
  const { name, value, origin, env, description, accepts } = setting;
  return [
    `${colors.bold(name)}  ${description}`,
    ...fieldLines([
      ['value', `${shown(value)}  (${originText(origin, env)})`],
      ['default', shown(setting.default)],
      ['accepts', accepts],
      ['environment', env],
    ]),
  ];
}

/** The result of a change, and whether it needs a restart. */
export function renderChange({ setting, changed, restart }: ChangedSettingOutput, colors: ChalkInstance): string[] {
  const { name, value, origin, env } = setting;
  const lines = [`${name} = ${shown(value)}  (${originText(origin, env)})${changed ? '' : '; no change'}`];
  if (origin === 'environment') lines.push(colors.yellow(`${env} is set and wins over config.json`));
  if (restart) lines.push(colors.yellow('The running server uses the old value until it is restarted'));
  return lines;
}

function shown(value: unknown): string {
  return settingText(value) || '(none)';
}

function originText(origin: SettingOutput['origin'], env: string): string {
  return origin === 'environment' ? env : origin;
}
