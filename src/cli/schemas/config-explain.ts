import { Type } from '@sinclair/typebox';
import { settingSchema } from './config.ts';
import { errorOutput } from './error.ts';

/** What `config explain --json` writes: one object a setting. */
export const schema = Type.Union([settingSchema, errorOutput], {
  $id: 'config-explain',
  title: 'config explain --json',
});
