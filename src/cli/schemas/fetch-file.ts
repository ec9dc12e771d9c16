/** The JSON of `fetch-file`. */
import { type Static, Type } from '@sinclair/typebox';

const nullableString = Type.Union([Type.String(), Type.Null()]);

/** A fetched file. */
export const fileReport = Type.Object(
  {
    from: Type.String(),
    fileId: Type.String(),
    blobId: Type.String({ description: 'what the bytes hash to' }),
    variant: nullableString,
    size: Type.Integer({ minimum: 0 }),
    contentType: nullableString,
    verified: Type.Union([Type.Literal('descriptor'), Type.Literal('blob'), Type.Literal('none')], {
      description: 'against what: the file ID by its descriptor, the blob ID, or nothing',
    }),
    descriptor: nullableString,
    savedTo: nullableString,
  },
  { additionalProperties: false },
);

export type FetchFileOutput = Static<typeof fileReport>;
