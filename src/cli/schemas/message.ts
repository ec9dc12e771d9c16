import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `message --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'message', title: 'message --json' });
