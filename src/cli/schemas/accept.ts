import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `accept --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'accept', title: 'accept --json' });
