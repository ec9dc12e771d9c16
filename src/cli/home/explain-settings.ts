/** Settings with their origins. */
import { SETTING_NAMES } from '../../store/settings/setting-definitions.ts';
import { explainSetting, type SettingExplanation } from '../../store/settings/settings.ts';
import { settingName } from '../usage/setting-name.ts';
import { loadSettings } from './load-settings.ts';

/**
 * Settings with their origins, as a command would see them here and now. It only reads; no lock is needed.
 * @param note called for each setting in an old form
 * @param names default: all of them
 * @throws CloudilloError `usage.setting`, `store.document`
 */
export async function explainSettings(
  home: string,
  note: (text: string) => void,
  names: readonly string[] = SETTING_NAMES,
): Promise<SettingExplanation[]> {
  const known = names.map(settingName);
  const resolved = await loadSettings(home);
  for (const text of resolved.notes) note(text);
  return known.map((name) => explainSetting(resolved, name));
}
