/** The JSON of `config`. */
import { type Static, Type } from '@sinclair/typebox';
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

export type SettingOutput = Static<typeof settingSchema>;
