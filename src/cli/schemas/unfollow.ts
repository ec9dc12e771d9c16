import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { followResult } from './follow.ts';

/** What `unfollow --json` writes. */
export const schema = Type.Union([followResult, errorOutput], { $id: 'unfollow', title: 'unfollow --json' });
