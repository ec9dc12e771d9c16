import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { standingResult } from './standing.ts';

/** What `unblock --json` writes. */
export const schema = Type.Union([standingResult, errorOutput], { $id: 'unblock', title: 'unblock --json' });
