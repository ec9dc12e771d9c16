import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `delete --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'delete', title: 'delete --json' });
