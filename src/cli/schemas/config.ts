import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { oneOf, strict } from './nullable.ts';

/** One setting. */
export const settingSchema = Type.Object(
  {
    name: Type.String(),
    value: Type.Unknown(),
    origin: oneOf('flag', 'environment', 'config', 'default'),
    default: Type.Unknown(),
    env: Type.String({ description: 'the environment variable that sets it' }),
    description: Type.String(),
    accepts: Type.String(),
  },
  strict,
);

/** What `config`, `config get` and `config explain` write with `--json`: one object a setting. */
export const schema = Type.Union([settingSchema, errorOutput], { $id: 'config', title: 'config --json' });

export type SettingOutput = Static<typeof settingSchema>;
