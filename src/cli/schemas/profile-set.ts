/** The JSON of `profile set`. */
import { type Static, Type } from '@sinclair/typebox';
import { nullable, oneOf, strict } from './nullable.ts';

/** The profile after the change. */
export const changedProfile = Type.Object(
  {
    idTag: Type.String(),
    name: Type.String(),
    type: oneOf('person', 'community'),
    profilePic: nullable(Type.String({ description: 'file ID' })),
    pictureShown: nullable(
      Type.Boolean({
        description:
          'other servers show the picture: it has the variant vis.pf, which takes the optional package sharp',
      }),
    ),
    x: Type.Record(Type.String(), Type.String()),
    changed: Type.Boolean({ description: 'false: it was so already' }),
  },
  strict,
);

export type ProfileSetOutput = Static<typeof changedProfile>;
