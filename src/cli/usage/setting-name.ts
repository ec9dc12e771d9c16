/** Checks the names of settings. */

import { nearest } from '../../services/runtime/did-you-mean.ts';
import { SETTING_NAMES } from '../../store/settings/setting-definitions.ts';
import { assertSettingName } from '../../store/settings/setting-values.ts';
import type { SettingName } from '../../store/settings/settings.ts';
import { usageError } from '../output/output.ts';

/**
 * Checks the name of a setting.
 * @throws CloudilloError `usage.setting`, with the name that was probably meant
 */
export function settingName(typed: string): SettingName {
  const meant = (SETTING_NAMES as readonly string[]).includes(typed) ? null : nearest(typed, SETTING_NAMES);
  if (meant !== null) {
    throw usageError(
      'usage.setting',
      `There is no setting "${typed}"`,
      `Did you mean ${meant}? All of them: cloudillo config`,
    );
  }
  assertSettingName(typed);
  return typed;
}
