import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudilloError } from '../protocol/errors.ts';
import { resolveSettings, type Settings, type SettingsInput } from '../store/settings.ts';

/**
 * The settings of a home: flag > environment > `config.json` > default. A home without the file has the defaults.
 * @throws CloudilloError `usage.setting` for an unknown name or a wrong value, wherever it was given
 */
export async function loadSettings(home: string, flags: SettingsInput = {}): Promise<Settings> {
  return resolveSettings(flags, process.env, await readConfig(join(home, 'config.json')));
}

async function readConfig(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CloudilloError('home.unreadable', `Could not read ${path}`, { stage: 'home', cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CloudilloError('usage.setting', `${path} is not JSON`, {
      stage: 'home',
      hint: 'Mend the file, or move it away to have the defaults',
      cause,
    });
  }
}
