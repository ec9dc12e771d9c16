/** The schemas of the owner's routes for actions. */
import { Type } from '@sinclair/typebox';

const id = Type.String({ minLength: 1, maxLength: 512 });

const RFC_3339 = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$';

/**
 * The body of `POST /api/actions`. It comes from the owner, so unknown fields are refused. null counts as absent, as in the
 * inbox. `createAction` checks what each type needs.
 */
export const newActionBodySchema = Type.Object(
  {
    type: Type.String({ minLength: 1, maxLength: 16 }),
    subType: Type.Optional(Type.String({ minLength: 1, maxLength: 16 })),
    audienceTag: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
    content: Type.Optional(Type.Unknown()),
    attachments: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 256 })),
    subject: Type.Optional(id),
    parentId: Type.Optional(id),
    visibility: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
    flags: Type.Optional(Type.String({ maxLength: 16 })),
    expiresAt: Type.Optional(
      Type.Union([
        Type.Integer({ minimum: 0, maximum: 253_402_300_799, description: 'unix seconds' }),
        Type.String({ pattern: RFC_3339, description: 'a time of RFC 3339, as views show it' }),
      ]),
    ),
    draft: Type.Optional(Type.Boolean({ description: 'true: refused, drafts are not kept here' })),
    publishAt: Type.Optional(Type.Unknown({ description: 'refused: nothing is scheduled here' })),
  },
  { additionalProperties: false },
);

/** The parameters of the routes that name an action. */
export const actionParamsSchema = Type.Object({ actionId: id });
