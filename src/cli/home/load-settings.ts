import { join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import {
  openConfig,
  type ResolvedSettings,
  resolveSettings,
  type SettingsInput,
} from '../../store/settings/settings.ts';

/**
 * The settings of a home with their origins: flag > environment > `config.json` > default. A home without the file, or no
 * home at all, has the defaults.
 * @throws CloudilloError `usage.setting` for an unknown name or a wrong value, wherever it was given; `store.document`
 */
export async function loadSettings(home: string, flags: SettingsInput = {}): Promise<ResolvedSettings> {
  const config = await openConfig(home).catch((error: unknown) => {
    throw inFile(error, join(home, 'config.json'));
  });
  return resolveSettings(flags, process.env, config.data, home);
}

/** Somebody edited the file: that it is the file, and not what was typed, can't be seen from the setting's name. */
function inFile(error: unknown, path: string): unknown {
  if (!(error instanceof CloudilloError) || error.code !== 'usage.setting') return error;
  return new CloudilloError(error.code, `${path}: ${error.message}`, {
    stage: 'home',
    hint: `Mend that file. ${error.hint ?? ''}`.trim(),
    cause: error.cause,
  });
}
