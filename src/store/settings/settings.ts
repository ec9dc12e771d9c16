/** Reads, checks and writes settings. */
import { isAbsolute, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { withoutBrackets } from '../../protocol/address-text.ts';
import { durationIn, durationText } from '../../protocol/duration.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import { type Document, openDocument } from '../disk/document.ts';
import { homePaths } from '../home/home.ts';
import {
  SETTING_NAMES,
  SETTINGS,
  type SettingDefinition,
  type SettingName,
  type Settings,
  type SettingValues,
} from './setting-definitions.ts';

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

/** The content of `config.json`: only the settings that were set, durations as texts. */
export type HomeConfig = { [N in SettingName]?: unknown };

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

/** A value of `config.json` as the program uses it. What doesn't fit stays as it is, and is refused by checkValue. */
function fromFile(name: SettingName, value: unknown): unknown {
  return SETTINGS[name].kind === 'duration' && typeof value === 'string' ? (durationIn(value) ?? value) : value;
}

/** A value as `config.json` and people write it. */
function writtenForm({ kind }: SettingDefinition, value: unknown): unknown {
  return kind === 'duration' ? durationText(value as number) : value;
}

/** Checks a setting's name. @throws {CloudilloError} `usage.setting`, with the nearest names as a hint */
export function assertSettingName(name: string): asserts name is SettingName {
  if (Object.hasOwn(SETTINGS, name)) return;
  const wanted = name.toLowerCase();
  const similar = SETTING_NAMES.filter(
    (known) => known.toLowerCase().includes(wanted) || wanted.includes(known.toLowerCase()),
  );
  throw new CloudilloError('usage.setting', `There is no setting ${JSON.stringify(name)}`, {
    stage: 'input',
    hint:
      similar.length > 0 ? `Did you mean ${similar.join(' or ')}?` : `The settings are: ${SETTING_NAMES.join(', ')}`,
    details: { setting: name },
  });
}

/**
 * Parses a value as typed on the command line or in the environment.
 * @param source the name for the error; default: the setting's name
 * @throws {CloudilloError} `usage.setting`
 */
export function parseSetting<N extends SettingName>(name: N, raw: string, source: string = name): SettingValues[N] {
  assertSettingName(name);
  return checkValue(name, rawValue(SETTINGS[name], raw), source) as SettingValues[N];
}

// Converts a text to the setting's kind. A text that doesn't fit stays a text, which checkValue refuses.
function rawValue({ kind }: SettingDefinition, raw: string): unknown {
  if (kind === 'integer') return /^-?\d{1,16}$/.test(raw) ? Number(raw) : raw;
  if (kind === 'duration') return /^\d{1,15}$/.test(raw) ? Number(raw) : (durationIn(raw) ?? raw);
  if (kind === 'boolean') return raw === 'true' || (raw === 'false' ? false : raw);
  if (kind === 'networks') return raw.split(',').flatMap((part) => withoutBrackets(part.trim()) || []);
  return raw;
}

/** Checks strictly: no value is converted. */
function checkValue(name: SettingName, value: unknown, source: string = name): unknown {
  const problem = problemWith(SETTINGS[name], value);
  // `[::1]`, as in a URL.
  if (!problem) return SETTINGS[name].kind === 'host' ? withoutBrackets(value as string) : value;
  throw new CloudilloError('usage.setting', `${source} ${problem}, not ${JSON.stringify(value)}`, {
    stage: 'input',
    hint: `${name}: ${SETTINGS[name].description}`,
    details: { setting: name },
  });
}

function problemWith(definition: SettingDefinition, value: unknown): string | null {
  const { kind, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, choices = [] } = definition;
  switch (kind) {
    case 'text':
    case 'host':
      return isText(value) || (value === null && definition.default === null) ? null : 'must be a text';
    case 'path':
      return isText(value) || value === null ? null : 'must be a path';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'choice':
      return choices.includes(value as string) ? null : `must be one of ${choices.join(', ')}`;
    case 'networks':
      return Array.isArray(value) && value.every(isNetwork)
        ? null
        : 'must be a list of IP addresses or networks (CIDR)';
    case 'integer':
      return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? null
        : `must be a whole number from ${min} to ${max}`;
    case 'duration':
      return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? null
        : `must be a duration from ${durationText(min)} to ${durationText(max)}`;
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isNetwork(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  // ipaddr.js accepts `1` and `0x7f.1`, too.
  const [address = ''] = value.split('/', 1);
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  return isAddress && (ipaddr.isValid(value) || ipaddr.isValidCIDR(value));
}

/** Parses `config.json` strictly. @throws {CloudilloError} `usage.setting` for unknown names and wrong types */
function parseConfig(json: unknown): HomeConfig {
  if (!isJsonObject(json)) throw notAnObject();
  const config: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    assertSettingName(name);
    const checked = checkValue(name, fromFile(name, value));
    // A duration stays in the form in which it was written.
    config[name] = SETTINGS[name].kind === 'duration' ? value : checked;
  }
  return config as HomeConfig;
}

function notAnObject(): CloudilloError {
  return new CloudilloError('usage.setting', 'Settings must be a JSON object: { "listen.port": 8443 }', {
    stage: 'home',
  });
}

/** Opens `config.json`. @throws {CloudilloError} `store.document` (malformed), `usage.setting` (unknown name or wrong type) */
export function openConfig(root: string): Promise<Document<HomeConfig>> {
  return openDocument<HomeConfig>(homePaths(root).config, { parse: parseConfig, initial: {} });
}

/** Writes one setting into `config.json`. @returns the value as parsed @throws {CloudilloError} `usage.setting`, `store.…` */
export async function setSetting(root: string, name: string, raw: string): Promise<unknown> {
  assertSettingName(name);
  const value = parseSetting(name, raw);
  await (await openConfig(root)).update((draft) => ({ ...draft, [name]: writtenForm(SETTINGS[name], value) }));
  return value;
}

/** Restores the default. @returns whether it was set @throws {CloudilloError} `usage.setting`, `store.…` */
export async function unsetSetting(root: string, name: string): Promise<boolean> {
  assertSettingName(name);
  const config = await openConfig(root);
  if (config.data[name] === undefined) return false;
  await config.update(({ [name]: _removed, ...rest }) => rest);
  return true;
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
