/** The JSON of `store check`. */
import { type Static, Type } from '@sinclair/typebox';
import { oneOf, strict } from './nullable.ts';
import { recoverySchema } from './store-findings.ts';

/** The findings of a check. */
export const storeCheck = Type.Object(
  {
    ok: Type.Boolean(),
    records: Type.Integer(),
    actions: Type.Integer(),
    blobs: Type.Integer(),
    bytes: Type.Integer({ description: 'that were read' }),
    findings: Type.Array(
      Type.Object(
        {
          kind: oneOf('record', 'sequence', 'action', 'blob', 'index', 'document'),
          segment: Type.Optional(Type.String()),
          offset: Type.Optional(Type.Integer()),
          id: Type.Optional(Type.String({ description: 'the action or blob' })),
          reason: Type.String(),
        },
        strict,
      ),
    ),
    reclaimableBytes: Type.Integer({ description: 'roughly what "store compact" would drop' }),
    recovery: recoverySchema,
    ms: Type.Number(),
  },
  strict,
);

export type StoreCheckOutput = Static<typeof storeCheck>;
