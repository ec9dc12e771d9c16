import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `reject --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'reject', title: 'reject --json' });
