import { type Static, Type } from '@sinclair/typebox';
import { settingSchema } from './config.ts';
import { errorOutput } from './error.ts';
import { strict } from './nullable.ts';

/** A setting was written or taken out. */
export const changedSetting = Type.Object(
  {
    setting: settingSchema,
    changed: Type.Boolean(),
    restart: Type.Boolean({ description: 'a running server goes on with the old value until it is started again' }),
  },
  strict,
);

/** What `config set` and `config unset` write with `--json`. */
export const schema = Type.Union([changedSetting, errorOutput], { $id: 'config-set', title: 'config set --json' });

export type ChangedSettingOutput = Static<typeof changedSetting>;
