/** The schemas of the routes that read actions. */
import { Type } from '@sinclair/typebox';
import { envelopeOf, listOf } from './envelope.ts';
import { date, flag, limit, oneOf, sortDir, text } from './query.ts';

const strict = { additionalProperties: false };
const whole = (digits: number) =>
  Type.Optional(
    Type.String({ pattern: `^[0-9]{1,${digits}}$`, description: `a whole number of up to ${digits} digits` }),
  );
/** A list with commas. Spaces around the items and empty items are ignored. */
const list = (letters: string, description: string) =>
  Type.Optional(
    Type.String({
      pattern: `^[${letters}, ]{0,512}$`,
      description: `${description}, with commas between, 512 characters at most`,
    }),
  );

/**
 * The query of `GET /api/actions`. An unknown parameter is refused, as on the network: a client that filters must not get all
 * actions.
 */
export const actionQuerySchema = Type.Object(
  {
    type: list('A-Z:', 'types in capital letters'),
    status: list('A-Z', 'status letters'),
    visibility: list('A-Z2', 'visibility letters'),
    issuer: text,
    /** The identity whose wall it is on: the audience, or the issuer of an action without one. */
    audience: text,
    audienceType: oneOf('personal', 'community'),
    /** An identity that is the issuer or the audience, with the caller as the other one. */
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

/** The query of `GET /api/outbox`. */
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
      reactions: Type.Optional(Type.String({ description: 'the total, then letter and count of each kind: 3,L2,W1' })),
      commentCount: Type.Optional(Type.Number()),
      lastCommentAt: Type.Optional(wireTime),
      reposts: Type.Optional(Type.Number()),
      ownReaction: Type.Optional(Type.String()),
      ownRepostIds: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: 'of the caller, by the wall that they are on' }),
      ),
    },
    strict,
  ),
  visibility: Type.Optional(Type.String({ pattern: '^[PV2FCS]$' })),
  flags: Type.Optional(Type.String()),
  x: Type.Optional(Type.Object({ role: Type.String() }, strict)),
  token: Type.Optional(Type.String()),
};

/** An action as it is shown to a reader. */
export const actionViewSchema = Type.Object(
  { ...fields, subjectAction: Type.Optional(Type.Object(fields, strict)) },
  strict,
);
/** One action, in the envelope. */
export const actionAnswerSchema = envelopeOf(actionViewSchema);
/** A page of actions. */
export const actionListSchema = listOf(actionViewSchema);
/** The answer of the outbox. */
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
