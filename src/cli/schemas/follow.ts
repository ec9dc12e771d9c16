/** The JSON of `follow` and `unfollow`. */
import { type Static, Type } from '@sinclair/typebox';
import { DELIVERY_STATES } from '../../store/model/events.ts';
import { errorObject } from './error.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

/** The outcome of one stage. */
export const stageReport = Type.Object(
  {
    stage: Type.String(),
    status: oneOf('done', 'failed', 'skipped'),
    ms: Type.Number({ description: 'milliseconds' }),
    detail: Type.Optional(Type.String()),
  },
  strict,
);

/** A delivery after an attempt. */
export const deliveryReport = Type.Object(
  {
    tenant: Type.String({ description: 'the own identity' }),
    actionId: Type.String(),
    to: Type.String(),
    state: oneOf(...DELIVERY_STATES),
    attempts: Type.Integer({ minimum: 0 }),
    nextAt: nullable(Type.Integer({ description: 'unix milliseconds' })),
    status: nullable(Type.Integer({ description: 'what the peer answered, when it took it now' })),
    parkedUntil: nullable(
      Type.Integer({ description: 'the peer took it unverified, and tries again then; unix milliseconds' }),
    ),
    error: nullable(errorObject),
  },
  strict,
);

/** The result of `follow` or `unfollow`. */
export const followResult = Type.Object(
  {
    as: Type.String(),
    peer: Type.String(),
    outcome: oneOf('accepted', 'already', 'queued', 'refused', 'dry-run'),
    following: Type.Boolean({ description: 'as it is now' }),
    since: nullable(dateTime('since when we follow')),
    actionId: nullable(Type.String()),
    token: nullable(Type.String()),
    claims: nullable(Type.Record(Type.String(), Type.Unknown())),
    verified: Type.Boolean({ description: 'the peer verified the token before it answered (--sync)' }),
    delivery: nullable(deliveryReport),
    history: nullable(Type.Object({ stored: Type.Integer(), problem: nullable(errorObject) }, strict)),
    error: nullable(errorObject),
    stages: Type.Array(stageReport),
  },
  strict,
);

export type FollowOutput = Static<typeof followResult>;
