import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { localFileFields } from './file-list.ts';
import { nullable, strict } from './nullable.ts';

const foundFile = Type.Object(
  {
    ...localFileFields,
    blobId: Type.String({ pattern: '^b1~', description: 'what the bytes hash to' }),
    variant: Type.String(),
    savedTo: nullable(Type.String()),
  },
  strict,
);

/** What `file get --json` writes. */
export const schema = Type.Union([foundFile, errorOutput], { $id: 'file-get', title: 'file get --json' });

export type FileGetOutput = Static<typeof foundFile>;
