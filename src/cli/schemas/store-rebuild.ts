import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { strict } from './nullable.ts';
import { damageSchema, statsFields } from './store-findings.ts';

/** What the new index was made of. */
export const storeRebuild = Type.Object(
  {
    records: Type.Integer(),
    damaged: Type.Array(damageSchema),
    stats: Type.Object(statsFields, strict),
    ms: Type.Number(),
  },
  strict,
);

/** What `store rebuild --json` writes. */
export const schema = Type.Union([storeRebuild, errorOutput], { $id: 'store-rebuild', title: 'store rebuild --json' });

export type StoreRebuildOutput = Static<typeof storeRebuild>;
