/** The JSON of `profile show`. */
import { type Static, Type } from '@sinclair/typebox';
import { keySchema } from './keygen.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

const count = Type.Integer({ minimum: 0 });

/** The profile of a tenant. */
export const ownProfile = Type.Object(
  {
    own: Type.Literal(true),
    idTag: Type.String(),
    name: Type.String(),
    type: oneOf('person', 'community'),
    profilePic: nullable(Type.String({ description: 'file ID' })),
    x: Type.Record(Type.String(), Type.String(), { description: 'what clients keep with the profile' }),
    keys: Type.Array(keySchema),
    counts: Type.Object({ following: count, followers: count, connected: count, blocked: count, muted: count }, strict),
    settings: Type.Object(
      { followers: Type.Boolean(), connectionMode: Type.String(), defaultVisibility: Type.String() },
      { ...strict, description: 'what decides how others are answered' },
    ),
  },
  strict,
);

/** What a tenant knows of a peer. */
export const peerProfile = Type.Object(
  {
    own: Type.Literal(false),
    as: Type.String({ description: 'the own identity that knows it' }),
    idTag: Type.String(),
    name: nullable(Type.String({ description: 'as last seen' })),
    type: nullable(oneOf('person', 'community')),
    profilePic: nullable(Type.String()),
    pictureHere: Type.Boolean({ description: 'the picture was fetched' }),
    following: Type.Boolean(),
    follower: Type.Boolean(),
    connected: Type.Boolean(),
    undelivered: Type.Boolean({ description: 'what says so waits to be delivered: the peer does not know yet' }),
    requested: Type.Boolean({ description: 'our CONN waits for an answer' }),
    asks: Type.Boolean({ description: 'its CONN waits for ours' }),
    blocked: Type.Boolean(),
    muted: Type.Boolean(),
    checkedAt: nullable(dateTime('when it was asked for its profile last')),
    keys: Type.Array(
      Type.Object(
        {
          keyId: Type.String(),
          state: Type.Union(
            ['published', 'expired', 'gone', 'replaced'].map((each) => Type.Literal(each)),
            { description: 'gone: not published any more; replaced: another has its ID now' },
          ),
          fingerprint: nullable(Type.String()),
          expiresAt: nullable(dateTime()),
          lastSeenAt: nullable(dateTime('when one that is gone was there still')),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type OwnProfileOutput = Static<typeof ownProfile>;
export type PeerProfileOutput = Static<typeof peerProfile>;
