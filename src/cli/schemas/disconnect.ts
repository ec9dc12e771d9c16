import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `disconnect --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'disconnect', title: 'disconnect --json' });
