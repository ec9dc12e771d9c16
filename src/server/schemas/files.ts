import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';

const strict = { additionalProperties: false };

/** `GET /api/files/:fileId`. */
export const fileQuerySchema = Type.Object({
  variant: Type.Optional(Type.String({ pattern: '^[a-z.]{1,16}$' })),
});

/** `GET /api/files/:fileId/descriptor`. */
export const descriptorAnswerSchema = envelopeOf(Type.String({ pattern: '^d[12][,~]' }));

const party = Type.Object(
  { idTag: Type.String(), name: Type.String(), type: Type.String(), profilePic: Type.String() },
  strict,
);

/** `GET /api/files/:fileId/metadata`. */
export const metadataAnswerSchema = envelopeOf(
  Type.Object(
    {
      fileId: Type.String({ pattern: '^f1~[\\w-]{43}$' }),
      owner: party,
      creator: party,
      preset: Type.String(),
      contentType: Type.String(),
      fileName: Type.String(),
      fileTp: Type.Literal('BLOB'),
      createdAt: Type.String(),
      status: Type.Literal('A'),
      hidden: Type.Boolean(),
      x: Type.Optional(Type.Object({ dim: Type.Tuple([Type.Integer(), Type.Integer()]) }, strict)),
    },
    strict,
  ),
);
