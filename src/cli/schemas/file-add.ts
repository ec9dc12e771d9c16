/** The JSON of `file add`. */
import { type Static, Type } from '@sinclair/typebox';
import { dimensions } from './file-list.ts';
import { strict } from './nullable.ts';

/** A file that was added, or was stored already. */
export const addedFile = Type.Object(
  {
    idTag: Type.String({ description: 'whose file it is' }),
    fileId: Type.String({ pattern: '^f1~' }),
    fileName: Type.String(),
    contentType: Type.String(),
    preset: Type.String(),
    descriptor: Type.String({ description: 'what the file ID is the hash of' }),
    size: Type.Integer({ minimum: 0, description: 'bytes' }),
    dim: dimensions,
  },
  strict,
);

export type FileAddOutput = Static<typeof addedFile>;
