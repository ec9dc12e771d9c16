/** Changes a setting of the home. */
import { openConfig, setSetting, unsetSetting } from '../../store/settings/config-file.ts';
import { assertSettingName } from '../../store/settings/setting-values.ts';
import {
  explainSetting,
  resolveSettings,
  type SettingExplanation,
  type SettingName,
} from '../../store/settings/settings.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { applySetting, isLive } from './live-settings.ts';

/** The result of changing a setting. */
export interface SetSettingResult {
  /** The setting as the process that owns the home sees it. An environment variable there overrides the file. */
  setting: SettingExplanation;
  changed: boolean;
  /** A running server uses the old value until it is restarted. */
  restart: boolean;
}

/**
 * Writes a setting into `config.json`, or removes it (`value: null`). The process that owns the home does it, so that
 * concurrent changes are not lost.
 * @throws CloudilloError `usage.setting`, `store.full`, `store.io`, `store.document`
 */
export async function setHomeSetting(
  deps: Pick<Deps, 'home' | 'settings' | 'locks' | 'server'>,
  { name, value }: { name: string; value: string | null },
): Promise<SetSettingResult> {
  assertSettingName(name);
  const { home, settings, server } = deps;
  const { before, setting, inUse } = await withLock(deps, { kind: 'settings' }, async () => {
    const previous = (await explain(home, name)).setting;
    if (value === null) await unsetSetting(home, name);
    else await setSetting(home, name, value);
    return { before: previous, ...(await explain(home, name)) };
  });
  const changed = JSON.stringify(before) !== JSON.stringify(setting);
  // A live setting changes in the running server at once.
  if (isLive(name)) applySetting(settings, name, inUse);
  return { setting, changed, restart: changed && !isLive(name) && server.facts !== null };
}

/** The setting as people write it, and its value as the program uses it. */
async function explain(home: string, name: SettingName): Promise<{ setting: SettingExplanation; inUse: unknown }> {
  const config = await openConfig(home);
  const resolved = resolveSettings({}, process.env, config.data, home);
  return { setting: explainSetting(resolved, name), inUse: resolved.byName[name] };
}
