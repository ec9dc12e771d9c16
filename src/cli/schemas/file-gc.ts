import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { strict } from './nullable.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const swept = Type.Object(
  {
    dryRun: Type.Boolean(),
    removed: count('blobs; with --dry-run those that would go'),
    bytes: count('what they hold'),
    kept: count('blobs that a file names'),
    waiting: count('blobs that no file names, too young to go'),
  },
  strict,
);

/** What `file gc --json` writes. */
export const schema = Type.Union([swept, errorOutput], { $id: 'file-gc', title: 'file gc --json' });

export type FileGcOutput = Static<typeof swept>;
