import { Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { errorOutput } from './error.ts';

/** What `react --json` writes. */
export const schema = Type.Union([actResult, errorOutput], { $id: 'react', title: 'react --json' });
