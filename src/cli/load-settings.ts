import { openConfig, type ResolvedSettings, resolveSettings, type SettingsInput } from '../store/settings.ts';

/**
 * The settings of a home with their origins: flag > environment > `config.json` > default. A home without the file, or no
 * home at all, has the defaults.
 * @throws CloudilloError `usage.setting` for an unknown name or a wrong value, wherever it was given; `store.document`
 */
export async function loadSettings(home: string, flags: SettingsInput = {}): Promise<ResolvedSettings> {
  const config = await openConfig(home);
  return resolveSettings(flags, process.env, config.data, home);
}
