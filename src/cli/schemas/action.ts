import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `action --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'action', title: 'action --json' });
