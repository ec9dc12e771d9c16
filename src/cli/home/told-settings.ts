/** Tells a command's user of the settings, each once: a command may read them several times, and another process may do its work. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { ResolvedSettings, SettingsInput } from '../../store/settings/settings.ts';
import { loadSettings } from './load-settings.ts';
import { settingLines } from './setting-lines.ts';

/** Tells of settings, and remembers what was told. */
export interface ToldSettings {
  /** Loads the settings, and tells of them and of those in an old form. It throws as `loadSettings`. */
  load(home: string, flags: SettingsInput): Promise<ResolvedSettings>;
  /** Tells of the settings with `--verbose`. What is wrong with them is told by whoever needs them. */
  tell(home: string, flags: SettingsInput): Promise<void>;
  /** Tells of a setting in an old form. */
  note(text: string): void;
}

/** @param output where: notes to everybody, details with `--verbose` */
export function toldSettings(
  verbose: boolean,
  output: { talk(lines: string[]): void; detail(lines: string[]): void },
): ToldSettings {
  const told = new Set<string>();
  const untold = (lines: readonly string[]) => {
    const fresh = lines.filter((line) => !told.has(line));
    for (const line of fresh) told.add(line);
    return fresh;
  };
  const detail = (resolved: ResolvedSettings) => {
    if (verbose) output.detail(untold(settingLines(resolved)));
  };
  return {
    async load(home, flags) {
      const resolved = await loadSettings(home, flags);
      output.talk(untold(resolved.notes));
      detail(resolved);
      return resolved;
    },
    async tell(home, flags) {
      if (!verbose) return;
      const resolved = await loadSettings(home, flags).catch((error: unknown) => {
        if (error instanceof CloudilloError) return null;
        throw error;
      });
      if (resolved) detail(resolved);
    },
    note: (text) => output.talk(untold([text])),
  };
}
