/** The settings that are written in a home's `config.json`. */
import { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import { type Document, openDocument } from '../disk/document.ts';
import { homePaths } from '../home/home.ts';
import { SETTINGS, type SettingName } from './setting-definitions.ts';
import { assertSettingName, checkValue, fromFile, parseSetting, writtenForm } from './setting-values.ts';

/** The content of `config.json`: only the settings that were set, durations as texts. */
export type HomeConfig = { [N in SettingName]?: unknown };

/** Parses `config.json` strictly. @throws {CloudilloError} `usage.setting` for unknown names and wrong types */
export function parseConfig(json: unknown): HomeConfig {
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
