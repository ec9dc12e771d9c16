import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `connect --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'connect', title: 'connect --json' });
