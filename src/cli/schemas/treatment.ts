/** The JSON of `block`, `unblock`, `mute` and `unmute`. */
import { type Static, Type } from '@sinclair/typebox';
import { dateTime, nullable, strict } from './nullable.ts';

/** How the tenant treats a peer now. */
export const treatmentResult = Type.Object(
  {
    as: Type.String({ description: 'the own identity' }),
    peer: Type.String(),
    blocked: Type.Boolean(),
    muted: Type.Boolean(),
    changed: Type.Boolean({ description: 'false: it was so already' }),
    ended: nullable(
      Type.Object(
        { following: Type.Boolean(), follower: Type.Boolean(), connected: Type.Boolean() },
        { ...strict, description: 'the relation that a block ended on this side' },
      ),
    ),
    dropped: Type.Integer({ minimum: 0, description: 'deliveries to the peer that waited, and will not be made' }),
  },
  strict,
);

/** `blocks export`. */
export const blockSchema = Type.Object(
  { peer: Type.String({ description: 'an idTag, or a domain: *.bad.example' }), since: dateTime() },
  strict,
);

export type TreatmentOutput = Static<typeof treatmentResult>;
