/** Changes a setting of the home. */
import {
  assertSettingName,
  explainSetting,
  openConfig,
  resolveSettings,
  type SettingExplanation,
  setSetting,
  unsetSetting,
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
  const { before, setting } = await withLock(deps, { kind: 'settings' }, async () => {
    const previous = await explain(home, name);
    if (value === null) await unsetSetting(home, name);
    else await setSetting(home, name, value);
    return { before: previous, setting: await explain(home, name) };
  });
  const changed = JSON.stringify(before) !== JSON.stringify(setting);
  // A live setting changes in the running server at once.
  if (isLive(name)) applySetting(settings, name, setting.value);
  return { setting, changed, restart: changed && !isLive(name) && server.facts !== null };
}

async function explain(home: string, name: string): Promise<SettingExplanation> {
  const config = await openConfig(home);
  return explainSetting(resolveSettings({}, process.env, config.data, home), name);
}
