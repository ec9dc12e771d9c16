import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `repost --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'repost', title: 'repost --json' });
