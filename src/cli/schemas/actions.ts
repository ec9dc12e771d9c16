/** The JSON of `actions`. */
import { type Static, Type } from '@sinclair/typebox';
import { DELIVERY_STATES } from '../../store/model/events.ts';
import { errorObject } from './error.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

/** A stored action. */
export const actionSummary = Type.Object(
  {
    actionId: Type.String(),
    type: Type.String({ description: 'with its subtype: FLLW:DEL' }),
    issuer: Type.String(),
    audience: nullable(Type.String()),
    parent: nullable(Type.String()),
    subject: nullable(Type.String()),
    status: oneOf('A', 'C', 'N', 'D', 'R', 'S'),
    visibility: nullable(Type.String()),
    createdAt: dateTime(),
    receivedAt: dateTime(),
    expiresAt: nullable(dateTime()),
    direction: oneOf('in', 'out'),
    current: Type.Boolean({ description: 'false: a later action with the same key replaced it' }),
    content: Type.Unknown(),
    attachments: Type.Array(Type.String()),
    flags: nullable(Type.String()),
    token: Type.Optional(Type.String({ description: 'with --tokens' })),
  },
  strict,
);

/** `actions ID`: an action with its deliveries. */
export const shownAction = Type.Object(
  {
    idTag: Type.String({ description: 'whose store it is in' }),
    action: actionSummary,
    deliveries: Type.Array(
      Type.Object(
        {
          to: Type.String(),
          state: oneOf(...DELIVERY_STATES),
          attempts: Type.Integer(),
          nextAt: nullable(Type.Integer({ description: 'unix milliseconds' })),
          error: nullable(Type.Object({ code: Type.String(), message: Type.String() }, strict)),
        },
        strict,
      ),
    ),
  },
  strict,
);

/** An action whose record is damaged on disk. */
export const damagedAction = Type.Object({ actionId: Type.String(), error: errorObject }, strict);

export type ActionOutput = Static<typeof actionSummary>;
export type ShownActionOutput = Static<typeof shownAction>;
