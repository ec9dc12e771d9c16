/** The JSON of `file add`. */
import { type Static, Type } from '@sinclair/typebox';
import { dimensions } from './file-list.ts';
import { nullable, strict } from './nullable.ts';

/** A file that was added, or was stored already. */
export const addedFile = Type.Object(
  {
    idTag: Type.String({ description: 'whose file it is' }),
    fileId: Type.String({ pattern: '^f1~' }),
    fileName: Type.String(),
    contentType: Type.String(),
    preset: Type.String(),
    descriptor: Type.String({ description: 'what the file ID is the hash of' }),
    size: Type.Integer({ minimum: 0, description: 'bytes that were given' }),
    dim: dimensions,
    variants: nullable(
      Type.Union([Type.Literal('made'), Type.Literal('unavailable')], {
        description:
          'of an image; unavailable: the optional package sharp is not installed, so the original is kept alone',
      }),
    ),
    original: Type.Boolean({ description: 'the bytes that were given are one of the variants' }),
  },
  strict,
);

export type FileAddOutput = Static<typeof addedFile>;
