import { Type } from '@sinclair/typebox';
import { envelopeOf, listOf } from './envelope.ts';
import { date, flag, limit, oneOf, sortDir, text } from './query.ts';

const strict = { additionalProperties: false };
const whole = (digits: number) =>
  Type.Optional(
    Type.String({ pattern: `^[0-9]{1,${digits}}$`, description: `a whole number of up to ${digits} digits` }),
  );
/** Several with commas; spaces around them and empty ones don't count. */
const list = (letters: string, description: string) =>
  Type.Optional(
    Type.String({
      pattern: `^[${letters}, ]{0,512}$`,
      description: `${description}, with commas between, 512 characters at most`,
    }),
  );

/**
 * `GET /api/actions`. A parameter that isn't known is refused, as on the network: whoever asks for some of the actions must not take
 * all of them for those.
 */
export const actionQuerySchema = Type.Object(
  {
    type: list('A-Z:', 'types in capital letters'),
    status: list('A-Z', 'status letters'),
    visibility: list('A-Z2', 'visibility letters'),
    issuer: text,
    /** On whose wall: for it, or its own that are for nobody. */
    audience: text,
    audienceType: oneOf('personal', 'community'),
    /** Between it and whoever asks. */
    involved: text,
    parentId: text,
    rootId: text,
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    actionId: text,
    createdAfter: date,
    createdBefore: date,
    excludeOwnIssuer: flag,
    sort: oneOf('created'),
    sortDir,
    limit,
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    count: flag,
    includeTokens: flag,
    includeSubject: flag,
  },
  strict,
);

/** `GET /api/outbox`. */
export const outboxQuerySchema = Type.Object({
  since: whole(12),
  limit,
});

const identitySummary = Type.Object(
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
  issuer: identitySummary,
  audience: Type.Optional(identitySummary),
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
