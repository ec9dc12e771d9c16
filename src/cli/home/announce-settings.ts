/** Shows a command's user the settings that it runs with. Each line is shown once, although a command may load them several times. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { ResolvedSettings, SettingsInput } from '../../store/settings/settings.ts';
import { loadSettings } from './load-settings.ts';
import { settingLines } from './setting-lines.ts';

/** Shows settings, and remembers which lines were shown. */
export interface SettingsAnnouncer {
  /** Loads the settings and shows them, with notes about old forms. It throws as `loadSettings`. */
  load(home: string, flags: SettingsInput): Promise<ResolvedSettings>;
  /** Shows the settings with `--verbose`. It ignores those that can't be loaded: whoever needs them reports it. */
  show(home: string, flags: SettingsInput): Promise<void>;
  /** Shows a note about a setting in an old form. */
  note(text: string): void;
}

/** @param output `talk` gets the notes, `detail` the settings */
export function announceSettings(
  verbose: boolean,
  output: { talk(lines: string[]): void; detail(lines: string[]): void },
): SettingsAnnouncer {
  const shown = new Set<string>();
  const unshown = (lines: readonly string[]) => {
    const fresh = lines.filter((line) => !shown.has(line));
    for (const line of fresh) shown.add(line);
    return fresh;
  };
  const detail = (resolved: ResolvedSettings) => {
    if (verbose) output.detail(unshown(settingLines(resolved)));
  };
  return {
    async load(home, flags) {
      const resolved = await loadSettings(home, flags);
      output.talk(unshown(resolved.notes));
      detail(resolved);
      return resolved;
    },
    async show(home, flags) {
      if (!verbose) return;
      const resolved = await loadSettings(home, flags).catch((error: unknown) => {
        if (error instanceof CloudilloError) return null;
        throw error;
      });
      if (resolved) detail(resolved);
    },
    note: (text) => output.talk(unshown([text])),
  };
}
