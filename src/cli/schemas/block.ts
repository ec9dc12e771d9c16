import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { standingResult } from './standing.ts';

/** What `block --json` writes. */
export const schema = Type.Union([standingResult, errorOutput], { $id: 'block', title: 'block --json' });
