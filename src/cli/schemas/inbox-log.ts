/** The JSON of `inbox log`. */
import { type Static, Type } from '@sinclair/typebox';
import { ARRIVAL_ORIGINS, ARRIVAL_OUTCOMES } from '../../store/model/arrival-note.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

const refusal = Type.Object(
  {
    code: Type.String({ description: 'an error code: docs/exit-codes.md' }),
    check: nullable(Type.String({ description: 'the question that was answered with no' })),
    stage: nullable(Type.String({ description: 'the stage of the arrival' })),
    step: nullable(Type.String({ description: "the step to the issuer's instance that failed: dns, connect, tls" })),
    blame: oneOf('sender', 'us', 'peer', 'network', 'user'),
    message: Type.String({ description: 'for people; the wording may change' }),
    retryAt: nullable(dateTime('when to try again')),
  },
  strict,
);

const change = Type.Object(
  {
    status: nullable(
      Type.String({ description: 'the status that the action was stored with; null: it was not stored' }),
    ),
    visibility: nullable(Type.String()),
    relation: nullable(
      Type.Object(
        { following: Type.Boolean(), follower: Type.Boolean(), connected: Type.Boolean() },
        { ...strict, description: 'the relation to the issuer afterwards; null: it was not changed' },
      ),
    ),
    ended: Type.Array(Type.String(), { description: 'the actions that it ended' }),
    answers: Type.Array(
      Type.Object({ actionId: Type.String(), type: Type.String(), recipients: Type.Integer() }, strict),
      { description: 'what was signed in answer, or passed on' },
    ),
  },
  strict,
);

/** An arrival. */
export const arrivalSchema = Type.Object(
  {
    at: dateTime('when it came'),
    ms: Type.Number({ description: 'how long it took, milliseconds' }),
    outcome: oneOf(...ARRIVAL_OUTCOMES),
    times: Type.Integer({ minimum: 1, description: 'how many alike this stands for' }),
    origin: oneOf(...ARRIVAL_ORIGINS),
    tenant: nullable(Type.String()),
    address: nullable(Type.String({ description: 'who sent it; null: no request brought it, or several did' })),
    requestId: nullable(Type.String()),
    actionId: nullable(Type.String()),
    issuer: nullable(Type.String({ description: 'proven only when `verified`' })),
    type: nullable(Type.String({ description: 'with its subtype; proven only when `verified`' })),
    bytes: nullable(Type.Integer({ description: 'the length of the token' })),
    verified: Type.Boolean({ description: "whether the issuer's key verified the token" }),
    stages: Type.Array(Type.Object({ stage: Type.String(), ms: Type.Number() }, strict)),
    checks: Type.Object(
      {
        passed: Type.Array(Type.String()),
        failed: Type.Array(Type.Object({ check: Type.String(), reason: Type.String() }, strict)),
      },
      strict,
    ),
    key: nullable(
      Type.Object({ keyId: Type.String(), source: oneOf('cache', 'profile'), fetchedAt: nullable(dateTime()) }, strict),
    ),
    rule: nullable(Type.String({ description: 'what allowed it: anybody, following, connected, conversation, …' })),
    refusal: nullable(refusal),
    answer: nullable(
      Type.Object(
        { status: Type.Integer(), code: nullable(Type.String()) },
        { ...strict, description: 'what the sender was answered' },
      ),
    ),
    change: nullable(change),
    probe: Type.Boolean({ description: 'the text with which doctor and smoke-test try an inbox: no action' }),
    deleted: Type.Boolean({ description: 'the action was deleted since: only its ID and what became of it are left' }),
  },
  strict,
);

export type ArrivalOutput = Static<typeof arrivalSchema>;
