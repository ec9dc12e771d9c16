/** The JSON of `file list`. */
import { Type } from '@sinclair/typebox';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

/** Width and height in pixels. */
export const dimensions = nullable(
  Type.Array(Type.Integer({ minimum: 1 }), { minItems: 2, maxItems: 2, description: 'width and height, pixels' }),
);

/** The fields of a stored file. */
export const localFileFields = {
  idTag: Type.String({ description: 'in whose store' }),
  fileId: Type.String({ pattern: '^f1~' }),
  fileName: Type.String(),
  contentType: Type.String(),
  preset: nullable(Type.String()),
  owner: Type.String({ description: 'whose file it is' }),
  size: Type.Integer({ minimum: 0, description: 'bytes' }),
  dim: dimensions,
  descriptor: Type.String({ description: 'what the file ID is the hash of' }),
  createdAt: dateTime(),
};

/** `--missing`: a file that has not been fetched. */
export const missingFile = Type.Object(
  {
    idTag: Type.String({ description: 'for whose store' }),
    fileId: Type.String({ pattern: '^f1~' }),
    from: Type.String({ description: 'whom it was asked of' }),
    state: oneOf('queued', 'refused', 'expired'),
    attempts: Type.Integer({ minimum: 1 }),
    nextAt: nullable(dateTime()),
    error: Type.Object({ code: Type.String(), message: Type.String() }, strict),
  },
  strict,
);

/** A stored file. */
export const localFile = Type.Object(localFileFields, strict);
