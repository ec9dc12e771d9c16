/** The JSON of a check of `doctor` and `smoke-test`. */
import { type TLiteral, Type } from '@sinclair/typebox';
import { strict } from './nullable.ts';
import { triedAddress } from './request.ts';

/** The schema of a check. @param ids the names that it may have */
export function checkSchema(ids: readonly string[]) {
  return Type.Object(
    {
      id: Type.Union(ids.map((id): TLiteral => Type.Literal(id))),
      status: Type.Union([Type.Literal('pass'), Type.Literal('warn'), Type.Literal('fail'), Type.Literal('skip')]),
      code: Type.Optional(Type.String({ description: 'why it failed, for programs: check.certificate' })),
      reason: Type.Optional(Type.String({ description: 'for people; the wording may change' })),
      hint: Type.Optional(Type.String({ description: 'what to do; with fail and warn' })),
      ms: Type.Integer({ minimum: 0 }),
      addresses: Type.Optional(
        Type.Array(triedAddress, { description: 'what each address answered, where the name has several' }),
      ),
    },
    strict,
  );
}
