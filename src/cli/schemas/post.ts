import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';
import { answerSchema } from './request.ts';

/** What `post --json` writes: what was published, or with `--data` the answer to the request. */
export const schema = Type.Union([actResult, answerSchema, errorOutput], { $id: 'post', title: 'post --json' });
