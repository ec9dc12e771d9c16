import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `dismiss --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'dismiss', title: 'dismiss --json' });
