import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { standingResult } from './standing.ts';

/** What `unmute --json` writes. */
export const schema = Type.Union([standingResult, errorOutput], { $id: 'unmute', title: 'unmute --json' });
