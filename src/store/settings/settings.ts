/** The settings that hold, each with its origin: a flag, the environment, `config.json` or the default. */
import { isAbsolute, resolve } from 'node:path';
import { durationText } from '../../protocol/duration.ts';
import { type HomeConfig, parseConfig } from './config-file.ts';
import {
  SETTING_NAMES,
  SETTINGS,
  type SettingDefinition,
  type SettingName,
  type Settings,
  type SettingValues,
} from './setting-definitions.ts';
import { assertSettingName, checkValue, fromFile, parseSetting, writtenForm } from './setting-values.ts';

export type { SettingName, Settings } from './setting-definitions.ts';

/** The sources of a value, in the order in which they win. */
export type SettingOrigin = 'flag' | 'environment' | 'config' | 'default';

/** All values, each with its origin. */
export interface ResolvedSettings {
  /** `values.listen.port` */
  values: Settings;
  /** `byName['listen.port']` */
  byName: SettingValues;
  origins: Record<SettingName, SettingOrigin>;
  /** A sentence for each value in an old form, which works until 0.3. */
  notes: string[];
}

/** Settings given as flags, typed. undefined means not given. */
export type SettingsInput = { readonly [N in SettingName]?: SettingValues[N] | undefined };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Resolves all settings: flag > environment > `config.json` > default.
 * @param env e.g. `process.env`
 * @param json content of `config.json`
 * @param root the home: paths in `config.json` are relative to it, those of flags and environment to the working directory
 * @throws {CloudilloError} `usage.setting` for an unknown name or a value of the wrong type
 */
export function resolveSettings(
  flags: SettingsInput,
  env: Environment,
  json: unknown,
  root?: string,
): ResolvedSettings {
  for (const name of Object.keys(flags)) assertSettingName(name);
  const config = parseConfig(json);
  const byName: Record<string, unknown> = {};
  const origins: Partial<Record<SettingName, SettingOrigin>> = {};
  const notes: string[] = [];
  for (const name of SETTING_NAMES) {
    const [value, origin] = resolveOne(name, flags, env, config);
    notes.push(...oldFormNotes(name, origin, env, config));
    const relativeToHome = origin === 'config' && SETTINGS[name].kind === 'path' && typeof value === 'string' && root;
    byName[name] = relativeToHome && !isAbsolute(value) ? resolve(root, value) : value;
    origins[name] = origin;
  }
  return {
    values: nested(byName),
    byName: byName as unknown as SettingValues,
    origins: origins as Record<SettingName, SettingOrigin>,
    notes,
  };
}

function nested(byName: Record<string, unknown>): Settings {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(byName)) {
    const [group, member] = name.split('.') as [string, string?];
    if (member === undefined) result[group] = value;
    else result[group] = { ...(result[group] as object | undefined), [member]: value };
  }
  return result as Settings;
}

function resolveOne(
  name: SettingName,
  flags: SettingsInput,
  env: Environment,
  config: HomeConfig,
): [unknown, SettingOrigin] {
  if (flags[name] !== undefined) return [checkValue(name, flags[name]), 'flag'];
  const variable = SETTINGS[name].env;
  const raw = env[variable];
  // An empty environment variable counts as not set, as usual.
  if (raw !== undefined && raw !== '') return [parseSetting(name, raw, variable), 'environment'];
  if (config[name] !== undefined) return [fromFile(name, config[name]), 'config'];
  return [structuredClone(SETTINGS[name].default), 'default'];
}

/** A duration without a unit is an old form: until 0.3 it is taken as milliseconds. */
function oldFormNotes(name: SettingName, origin: SettingOrigin, env: Environment, config: HomeConfig): string[] {
  const { kind, env: variable } = SETTINGS[name];
  const written = origin === 'environment' ? env[variable] : origin === 'config' ? config[name] : undefined;
  if (kind !== 'duration' || !/^[1-9]\d*$/.test(String(written))) return [];
  const source = origin === 'environment' ? variable : `${name} in config.json`;
  return [`note: ${source}: ${written} is now ${durationText(Number(written))}; the old form works until 0.3`];
}

/** A setting with its value, the origin of the value, and what else could set it. */
export interface SettingExplanation {
  name: SettingName;
  /** As people write it: a duration is a text with a unit. */
  value: unknown;
  origin: SettingOrigin;
  default: unknown;
  env: string;
  description: string;
  /** The accepted values, in words. */
  accepts: string;
}

/** Explains a setting. @throws {CloudilloError} `usage.setting` */
export function explainSetting(resolved: ResolvedSettings, name: string): SettingExplanation {
  assertSettingName(name);
  const definition: SettingDefinition = SETTINGS[name];
  return {
    name,
    value: writtenForm(definition, resolved.byName[name]),
    origin: resolved.origins[name],
    default: writtenForm(definition, definition.default),
    env: definition.env,
    description: definition.description,
    accepts: accepts(definition),
  };
}

function accepts({ kind, min, max, choices }: SettingDefinition): string {
  if (kind === 'choice') return (choices ?? []).join(' | ');
  if (kind === 'integer') return `whole number, ${min} to ${max}`;
  if (kind === 'duration')
    return `duration, ${durationText(min ?? 0)} to ${durationText(max ?? 0)}, such as 500ms, 10s or 1m30s`;
  if (kind === 'boolean') return 'true | false';
  if (kind === 'networks') return 'IP addresses and networks such as 10.0.0.0/8, separated by commas';
  return kind === 'host' ? 'address' : kind;
}
