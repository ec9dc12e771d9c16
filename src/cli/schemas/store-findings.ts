/** The findings about a store that several commands write. */
import { Type } from '@sinclair/typebox';
import { oneOf, strict } from './nullable.ts';

/** A damaged stretch of the journal. */
export const damageSchema = Type.Object(
  {
    segment: Type.String(),
    offset: Type.Integer({ description: 'bytes' }),
    kind: Type.Optional(Type.Literal('sequence', { description: 'something is missing, or out of order' })),
    reason: Type.String(),
  },
  strict,
);

/** The findings of opening the store. */
export const recoverySchema = Type.Object(
  {
    tornBytes: Type.Integer({ description: 'of a last write that a crash cut off' }),
    keptAt: Type.Optional(Type.String({ description: 'where those bytes were kept' })),
    damaged: Type.Array(damageSchema),
    snapshot: oneOf('used', 'absent', 'rejected'),
    snapshotReason: Type.Optional(Type.String()),
    replayed: Type.Integer({ description: 'records that were read when the home was opened' }),
    unread: Type.Integer({
      description: 'records before them that were not read: the saved index stands for them. 0 once all were read',
    }),
  },
  strict,
);

/** The sizes of a store. */
export const statsFields = {
  tenants: Type.Integer(),
  actions: Type.Integer(),
  records: Type.Integer(),
  journalBytes: Type.Integer(),
  segments: Type.Integer(),
  queued: Type.Integer({ description: 'deliveries that wait' }),
  parked: Type.Integer({ description: "tokens that wait for their issuer's key" }),
  writable: Type.Boolean(),
};
