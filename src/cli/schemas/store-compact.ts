/** The JSON of `store compact`. */
import { type Static, Type } from '@sinclair/typebox';
import { strict } from './nullable.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** What was dropped, or would be. */
export const storeCompact = Type.Object(
  {
    dryRun: Type.Boolean(),
    erased: count('deleted and expired actions whose tokens are gone'),
    files: count('fetched files that only deleted actions attached'),
    forgotten: count('ended deliveries'),
    segments: count('segments of the journal that were looked at'),
    rewritten: count('those that were rewritten'),
    before: count('bytes of the journal'),
    after: count('the same afterwards'),
    removed: count('blobs that no file names any longer'),
    ms: Type.Number(),
  },
  strict,
);

export type StoreCompactOutput = Static<typeof storeCompact>;
