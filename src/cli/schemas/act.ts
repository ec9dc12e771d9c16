/** The JSON of commands that send or decide about actions. */
import { type Static, Type } from '@sinclair/typebox';
import { errorObject } from './error.ts';
import { deliveryReport, stageReport } from './follow.ts';
import { nullable, oneOf, strict } from './nullable.ts';

const count = Type.Integer({ minimum: 0 });

/** The result of sending an action, or of deciding about one. */
export const actResult = Type.Object(
  {
    as: Type.String(),
    outcome: oneOf('accepted', 'stored', 'sending', 'queued', 'refused', 'already', 'dry-run'),
    about: nullable(
      Type.Object(
        { actionId: Type.String(), type: Type.String(), issuer: Type.String(), status: Type.String() },
        { ...strict, description: 'the action that was decided about, as it is now' },
      ),
    ),
    actionId: nullable(Type.String({ description: 'of what was signed' })),
    type: nullable(Type.String({ description: 'with its subtype' })),
    token: nullable(Type.String()),
    claims: nullable(Type.Record(Type.String(), Type.Unknown())),
    sent: Type.Object(
      {
        recipients: count,
        delivered: count,
        queued: count,
        refused: count,
        left: Type.Integer({ minimum: 0, description: 'to the running server' }),
      },
      strict,
    ),
    deliveries: Type.Array(deliveryReport, { maxItems: 100, description: 'failures first' }),
    relation: nullable(
      Type.Object(
        { peer: Type.String(), following: Type.Boolean(), follower: Type.Boolean(), connected: Type.Boolean() },
        strict,
      ),
    ),
    verified: Type.Boolean({ description: 'the peers verified the token before they answered (--sync)' }),
    history: nullable(Type.Object({ stored: count, problem: nullable(errorObject) }, strict)),
    error: nullable(errorObject),
    stages: Type.Array(stageReport),
  },
  strict,
);

export type ActOutput = Static<typeof actResult>;
