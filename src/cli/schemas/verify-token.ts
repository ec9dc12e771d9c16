/** The JSON of `verify-token`. */
import { type Static, Type } from '@sinclair/typebox';
import { errorObject } from './error.ts';

const jsonObject = Type.Record(Type.String(), Type.Unknown());

/** One check of a token. */
export const checkSchema = Type.Object(
  {
    id: Type.String({ description: 'format, algorithm, claims, …: docs/verify-token.md' }),
    status: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('skip')]),
    code: Type.Optional(Type.String({ description: 'why, for programs: token.expired' })),
    reason: Type.Optional(Type.String({ description: 'why, for people; the wording may change' })),
  },
  { additionalProperties: false },
);

/** The key that was used. */
export const keySchema = Type.Object(
  {
    source: Type.Union([Type.Literal('file'), Type.Literal('home'), Type.Literal('cache'), Type.Literal('profile')]),
    location: Type.String({ description: 'path or URL' }),
    keyId: Type.String(),
    fingerprint: Type.String({ description: 'SHA256:… of the SPKI' }),
  },
  { additionalProperties: false },
);

const report = {
  line: Type.Optional(Type.Integer({ minimum: 1, description: 'in a batch: the line of the input, from 1' })),
  valid: Type.Boolean({ description: 'no check failed, and key and signature passed' }),
  actionId: Type.Union([Type.String(), Type.Null()]),
  header: Type.Union([jsonObject, Type.Null()]),
  claims: Type.Union([jsonObject, Type.Null()]),
  key: Type.Union([keySchema, Type.Null()]),
  checks: Type.Array(checkSchema),
};

const inspection = {
  line: report.line,
  actionId: Type.String(),
  header: jsonObject,
  claims: jsonObject,
  signatureBytes: Type.Integer({ minimum: 0 }),
};

/** A verified token. */
export const verifyTokenReport = Type.Object(report, { additionalProperties: false });
/** A token that was only decoded (`--inspect`), without a verdict. */
export const inspectionReport = Type.Object(inspection, { additionalProperties: false });
/** A line of an `--inspect` batch that is no token. */
export const failedInspection = Type.Object(
  { line: Type.Integer(), error: errorObject },
  { additionalProperties: false },
);

export type VerifyTokenOutput = Static<typeof verifyTokenReport>;
export type InspectionOutput = Static<typeof inspectionReport>;
