import { Type } from '@sinclair/typebox';
import { changedSetting } from './config-set.ts';
import { errorOutput } from './error.ts';

/** What `config unset --json` writes. */
export const schema = Type.Union([changedSetting, errorOutput], { $id: 'config-unset', title: 'config unset --json' });
