import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { nullable, oneOf, strict } from './nullable.ts';

const changedProfile = Type.Object(
  {
    idTag: Type.String(),
    name: Type.String(),
    type: oneOf('person', 'community'),
    profilePic: nullable(Type.String({ description: 'file ID' })),
    x: Type.Record(Type.String(), Type.String()),
    changed: Type.Boolean({ description: 'false: it was so already' }),
  },
  strict,
);

/** What `profile set --json` writes. */
export const schema = Type.Union([changedProfile, errorOutput], { $id: 'profile-set', title: 'profile set --json' });

export type ProfileSetOutput = Static<typeof changedProfile>;
