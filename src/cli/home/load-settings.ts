/** The settings of a home, for commands. */
import { join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { openConfig } from '../../store/settings/config-file.ts';
import { type ResolvedSettings, resolveSettings, type SettingsInput } from '../../store/settings/settings.ts';

/**
 * The settings of a home with their origins: flag > environment > `config.json` > default. Without the file, or without a home,
 * all settings have their defaults.
 * @throws CloudilloError `usage.setting` for an unknown name or a wrong value, wherever it was given; `store.document`
 */
export async function loadSettings(home: string, flags: SettingsInput = {}): Promise<ResolvedSettings> {
  const config = await openConfig(home).catch((error: unknown) => {
    throw inFile(error, join(home, 'config.json'));
  });
  return resolveSettings(flags, process.env, config.data, home);
}

/** Adds the file to an error: the name of a setting doesn't tell that it was edited there, not typed. */
function inFile(error: unknown, path: string): unknown {
  if (!(error instanceof CloudilloError) || error.code !== 'usage.setting') return error;
  return new CloudilloError(error.code, `${path}: ${error.message}`, {
    stage: 'home',
    hint: `Correct that file. ${error.hint ?? ''}`.trim(),
    cause: error.cause,
  });
}
