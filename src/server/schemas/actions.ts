import { Type } from '@sinclair/typebox';
import { envelopeOf, listOf } from './envelope.ts';

const strict = { additionalProperties: false };
/** What is more than a page holds gives a full page. */
const limit = Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,9}$' }));
const whole = (digits: number) => Type.Optional(Type.String({ pattern: `^[0-9]{1,${digits}}$` }));
const flag = Type.Optional(Type.String({ pattern: '^(true|false)$' }));
const text = Type.Optional(Type.String({ minLength: 1, maxLength: 512 }));

/** `GET /api/actions`. Query strings are text: nothing is coerced. */
export const actionQuerySchema = Type.Object({
  type: Type.Optional(Type.String({ pattern: '^[A-Z:]{1,16}(,[A-Z:]{1,16}){0,31}$' })),
  status: Type.Optional(Type.String({ pattern: '^[A-Z](,[A-Z]){0,15}$' })),
  issuer: text,
  audience: text,
  parentId: text,
  rootId: text,
  subject: text,
  actionId: text,
  createdAfter: Type.Optional(Type.String({ pattern: '^([0-9]{1,12}|\\d{4}-\\d\\d-\\d\\d(T[0-9:.]+Z)?)$' })),
  limit,
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  count: flag,
  includeTokens: flag,
});

/** `GET /api/outbox`. */
export const outboxQuerySchema = Type.Object({
  since: whole(12),
  limit,
});

const nameCard = Type.Object(
  {
    idTag: Type.String(),
    name: Type.String(),
    profilePic: Type.Optional(Type.String()),
    type: Type.Union([Type.Literal('person'), Type.Literal('community')]),
  },
  strict,
);
const wireTime = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' });
const fields = {
  actionId: Type.String({ pattern: '^a1~[\\w-]{43}$' }),
  type: Type.String(),
  subType: Type.Optional(Type.String()),
  parentId: Type.Optional(Type.String()),
  rootId: Type.Optional(Type.String()),
  issuer: nameCard,
  audience: Type.Optional(nameCard),
  content: Type.Optional(Type.Unknown()),
  attachments: Type.Optional(
    Type.Array(
      Type.Object(
        {
          fileId: Type.String(),
          dim: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { minItems: 2, maxItems: 2 })),
          localVariants: Type.Optional(Type.Array(Type.String())),
        },
        strict,
      ),
    ),
  ),
  subject: Type.Optional(Type.String()),
  createdAt: wireTime,
  receivedAt: wireTime,
  expiresAt: Type.Optional(wireTime),
  status: Type.String({ pattern: '^[ACNDRS]$' }),
  stat: Type.Object(
    {
      ownReaction: Type.Optional(Type.String()),
      reactions: Type.Optional(Type.String()),
      comments: Type.Optional(Type.Number()),
    },
    strict,
  ),
  visibility: Type.Optional(Type.String({ pattern: '^[PV2FCS]$' })),
  flags: Type.Optional(Type.String()),
  x: Type.Optional(Type.Object({ role: Type.String() }, strict)),
  token: Type.Optional(Type.String()),
};

/** An action as it is shown. */
export const actionViewSchema = Type.Object(
  { ...fields, subjectAction: Type.Optional(Type.Object(fields, strict)) },
  strict,
);
export const actionAnswerSchema = envelopeOf(actionViewSchema);
export const actionListSchema = listOf(actionViewSchema);
export const outboxAnswerSchema = envelopeOf(
  Type.Object(
    {
      items: Type.Array(
        Type.Object({ token: Type.String(), related: Type.Optional(Type.Array(Type.String())) }, strict),
      ),
    },
    strict,
  ),
);
