/** Values of settings: read from a text, checked, and written as people write them. */
import ipaddr from 'ipaddr.js';
import { withoutBrackets } from '../../protocol/address-text.ts';
import { durationIn, durationText } from '../../protocol/duration.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import {
  SETTING_NAMES,
  SETTINGS,
  type SettingDefinition,
  type SettingName,
  type SettingValues,
} from './setting-definitions.ts';

/** A value of `config.json` as the program uses it. What doesn't fit stays as it is, and is refused by checkValue. */
export function fromFile(name: SettingName, value: unknown): unknown {
  return SETTINGS[name].kind === 'duration' && typeof value === 'string' ? (durationIn(value) ?? value) : value;
}

/** A value as `config.json` and people write it. */
export function writtenForm({ kind }: SettingDefinition, value: unknown): unknown {
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

/** Converts a text to the setting's kind. A text that doesn't fit stays a text, which checkValue refuses. */
function rawValue({ kind }: SettingDefinition, raw: string): unknown {
  if (kind === 'integer') return /^-?\d{1,16}$/.test(raw) ? Number(raw) : raw;
  if (kind === 'duration') return /^\d{1,15}$/.test(raw) ? Number(raw) : (durationIn(raw) ?? raw);
  if (kind === 'boolean') return raw === 'true' || (raw === 'false' ? false : raw);
  if (kind === 'networks') return raw.split(',').flatMap((part) => withoutBrackets(part.trim()) || []);
  return raw;
}

/** Checks strictly: no value is converted. @param source the name for the error @throws {CloudilloError} `usage.setting` */
export function checkValue(name: SettingName, value: unknown, source: string = name): unknown {
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
