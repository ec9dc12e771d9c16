/** The JSON of `file export`. */
import { type Static, Type } from '@sinclair/typebox';
import { localFileFields } from './file-list.ts';
import { nullable, strict } from './nullable.ts';

/** An exported file. */
export const foundFile = Type.Object(
  {
    ...localFileFields,
    blobId: Type.String({ pattern: '^b1~', description: 'what the bytes hash to' }),
    variant: Type.String(),
    savedTo: nullable(Type.String()),
  },
  strict,
);

export type FileExportOutput = Static<typeof foundFile>;
