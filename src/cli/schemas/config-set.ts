/** The JSON of `config set` and `config unset`. */
import { type Static, Type } from '@sinclair/typebox';
import { settingSchema } from './config.ts';
import { strict } from './nullable.ts';

/** A changed setting. */
export const changedSetting = Type.Object(
  {
    setting: settingSchema,
    changed: Type.Boolean(),
    restart: Type.Boolean({ description: 'a running server uses the old value until it is restarted' }),
  },
  strict,
);

export type ChangedSettingOutput = Static<typeof changedSetting>;
