/** Reads the settings of a running server again, on SIGHUP. */
import { errorToObject } from '../../protocol/errors.ts';
import type { Logger } from '../../server/logger.ts';
import { applySetting, isLive, settingOf } from '../../services/home/live-settings.ts';
import { SETTING_NAMES, type Settings } from '../../store/settings/setting-definitions.ts';
import type { SettingsInput } from '../../store/settings/settings.ts';
import { loadSettings } from '../home/load-settings.ts';

/**
 * Reads `config.json` again and applies what a running server can. Changes that need a restart are logged each time until the
 * restart. Unreadable settings change nothing. It never rejects.
 * @param running changed in place
 */
export async function reloadSettings(
  home: string,
  flags: SettingsInput,
  running: Settings,
  { log, setLevel }: Pick<Logger, 'log' | 'setLevel'>,
): Promise<void> {
  try {
    const { byName } = await loadSettings(home, flags);
    const changed = SETTING_NAMES.filter(
      (name) => JSON.stringify(byName[name]) !== JSON.stringify(settingOf(running, name)),
    );
    const taken = changed.filter((name) => isLive(name) || name === 'log.level');
    for (const name of taken) applySetting(running, name, byName[name]);
    setLevel(running.log.level);
    log('info', 'settings read again', { changed: taken });
    const restart = changed.filter((name) => !taken.includes(name));
    if (restart.length > 0) log('warn', 'changed settings need a restart of the server', { settings: restart });
  } catch (error) {
    log('error', 'settings not read again: the old ones stay in use', { error: errorToObject(error) });
  }
}
