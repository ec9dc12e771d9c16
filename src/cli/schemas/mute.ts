import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { standingResult } from './standing.ts';

/** What `mute --json` writes. */
export const schema = Type.Union([standingResult, errorOutput], { $id: 'mute', title: 'mute --json' });
