/** The schemas of the file routes. */
import { Type } from '@sinclair/typebox';
import { envelopeOf, listOf } from './envelope.ts';
import { date, flag, limit, oneOf, sortDir, text } from './query.ts';

const strict = { additionalProperties: false };

/** The query of `GET /api/files/:fileId`. */
export const fileQuerySchema = Type.Object({
  variant: Type.Optional(
    Type.String({ pattern: '^[a-z0-9.]{1,33}$', description: 'the name of a variant, such as vis.sd' }),
  ),
});

/** Width and height in pixels. */
const dim = Type.Array(Type.Integer({ minimum: 1 }), { minItems: 2, maxItems: 2 });
/** One value, several with commas, or the parameter several times. */
const texts = Type.Optional(
  Type.Union([
    Type.String({ minLength: 1, maxLength: 4096 }),
    Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { maxItems: 64 }),
  ]),
);

/** The query of `GET /api/files`. */
export const fileListQuerySchema = Type.Object(
  {
    fileId: texts,
    preset: texts,
    status: texts,
    fileTp: texts,
    contentType: texts,
    fileName: text,
    parentId: text,
    rootId: text,
    tag: text,
    ownerIdTag: text,
    notOwnerIdTag: text,
    createdAfter: date,
    createdBefore: date,
    pinned: flag,
    starred: flag,
    sort: oneOf('name', 'created', 'modified', 'recent'),
    sortDir,
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2048 })),
    limit,
    _limit: limit,
  },
  strict,
);

/** The path of `POST /api/files/:preset/:fileName`. */
export const uploadParamsSchema = Type.Object(
  {
    preset: Type.String({ pattern: '^[A-Za-z0-9_-]{1,32}$', description: 'up to 32 letters, digits, - and _' }),
    fileName: Type.String(),
  },
  strict,
);
/** The query of an upload. */
export const uploadQuerySchema = Type.Object({}, strict);
/** The answer of an upload. */
export const uploadAnswerSchema = envelopeOf(
  Type.Object(
    {
      fileId: Type.String({ pattern: '^f1~[\\w-]{43}$' }),
      dim: Type.Optional(dim),
      thumbnailVariantId: Type.Optional(Type.String({ pattern: '^b1~[\\w-]{43}$' })),
    },
    strict,
  ),
);

/** The answer of `PUT /api/me/image`, without an envelope. */
export const pictureAnswerSchema = Type.Object(
  {
    fileId: Type.String({ pattern: '^f1~[\\w-]{43}$' }),
    type: Type.Union([Type.Literal('profile-pic'), Type.Literal('cover-pic')]),
  },
  strict,
);

/** The answer of `GET /api/files/:fileId/descriptor`. */
export const descriptorAnswerSchema = envelopeOf(Type.String({ pattern: '^d[12][,~]' }));

const party = Type.Object(
  { idTag: Type.String(), name: Type.String(), type: Type.String(), profilePic: Type.String() },
  strict,
);

const metadata = {
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
  parentId: Type.Optional(Type.Literal('__managed__')),
  tags: Type.Optional(Type.Array(Type.String())),
  visibility: Type.Optional(Type.Literal('P')),
  x: Type.Optional(Type.Object({ dim }, strict)),
};

/** The answer of `GET /api/files/:fileId/metadata`. */
export const metadataAnswerSchema = envelopeOf(Type.Object(metadata, strict));

/** The answer of `GET /api/files`. */
export const fileListAnswerSchema = listOf(Type.Object({ ...metadata, accessLevel: Type.Literal('admin') }, strict));
