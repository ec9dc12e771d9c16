import { Type } from '@sinclair/typebox';
import { settingSchema } from './config.ts';
import { errorOutput } from './error.ts';

/** What `config get --json` writes. */
export const schema = Type.Union([settingSchema, errorOutput], { $id: 'config-get', title: 'config get --json' });
