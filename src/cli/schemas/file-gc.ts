/** The JSON of `file gc`. */
import { type Static, Type } from '@sinclair/typebox';
import { strict } from './nullable.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** The blobs that were removed, or would be. */
export const swept = Type.Object(
  {
    dryRun: Type.Boolean(),
    removed: count('blobs; with --dry-run those that would go'),
    bytes: count('what they hold'),
    kept: count('blobs that a file names'),
    waiting: count('blobs that no file names, too young to go'),
  },
  strict,
);

export type FileGcOutput = Static<typeof swept>;
