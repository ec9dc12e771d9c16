import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { strict } from './nullable.ts';

const addedFile = Type.Object(
  {
    idTag: Type.String({ description: 'whose file it is' }),
    fileId: Type.String({ pattern: '^f1~' }),
    fileName: Type.String(),
    contentType: Type.String(),
    descriptor: Type.String({ description: 'what the file ID is the hash of' }),
    size: Type.Integer({ minimum: 0, description: 'bytes' }),
  },
  strict,
);

/** What `add-file --json` writes. */
export const schema = Type.Union([addedFile, errorOutput], { $id: 'add-file', title: 'add-file --json' });

export type AddFileOutput = Static<typeof addedFile>;
