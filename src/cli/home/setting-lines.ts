/** What `--verbose` tells of the settings: those that differ from the default, and where each came from. */
import { redactText } from '../../protocol/redact.ts';
import { SETTING_NAMES } from '../../store/settings/setting-definitions.ts';
import { explainSetting, type ResolvedSettings } from '../../store/settings/settings.ts';

/** A line for each setting that something has set, without the secrets that a value may have, such as a password in a URL. */
export function settingLines(resolved: ResolvedSettings): string[] {
  return SETTING_NAMES.map((name) => explainSetting(resolved, name))
    .filter(({ origin }) => origin !== 'default')
    .map(({ name, value, origin }) =>
      redactText(`setting ${name}: ${JSON.stringify(value)}, from ${ORIGINS[origin] ?? origin}`),
    );
}

const ORIGINS: Readonly<Record<string, string>> = {
  flag: 'the command line',
  environment: 'the environment',
  config: 'config.json',
};
