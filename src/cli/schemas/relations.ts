/** The JSON of `relations`. */
import { type Static, Type } from '@sinclair/typebox';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

/** The relation of a tenant to a peer, and its treatment of the peer. */
export const relationView = Type.Object(
  {
    peer: Type.String(),
    name: nullable(Type.String({ description: 'as last seen' })),
    type: nullable(oneOf('person', 'community')),
    following: Type.Boolean({ description: 'the own identity follows the peer' }),
    follower: Type.Boolean({ description: 'the peer follows the own identity' }),
    connected: Type.Boolean(),
    undelivered: Type.Boolean({ description: 'what says so waits to be delivered: the peer does not know yet' }),
    blocked: Type.Boolean(),
    muted: Type.Boolean(),
    changedAt: dateTime(),
  },
  strict,
);

export type RelationOutput = Static<typeof relationView>;
