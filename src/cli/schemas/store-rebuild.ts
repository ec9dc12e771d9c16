/** The JSON of `store rebuild`. */
import { type Static, Type } from '@sinclair/typebox';
import { strict } from './nullable.ts';
import { damageSchema, statsFields } from './store-findings.ts';

/** The result of a rebuild. */
export const storeRebuild = Type.Object(
  {
    records: Type.Integer(),
    damaged: Type.Array(damageSchema),
    stats: Type.Object(statsFields, strict),
    ms: Type.Number(),
  },
  strict,
);

export type StoreRebuildOutput = Static<typeof storeRebuild>;
