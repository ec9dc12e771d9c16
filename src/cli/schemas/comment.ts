import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `comment --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'comment', title: 'comment --json' });
