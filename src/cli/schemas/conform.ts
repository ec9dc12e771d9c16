/** The JSON of `conform`. */
import { type Static, Type } from '@sinclair/typebox';
import { oneOf, strict } from './nullable.ts';

const level = oneOf('must', 'should', 'network');
const name = Type.String({ description: 'group.case; never renamed' });
const section = Type.String({ description: 'a heading of the page that specifies the protocol' });
const count = Type.Integer({ minimum: 0 });

/** What a run found. */
export const conformanceReport = Type.Object(
  {
    idTag: Type.String(),
    passed: Type.Boolean({ description: 'nothing that must be is missing; with --strict nothing that should be' }),
    counts: Type.Object(
      {
        passed: count,
        asNetwork: Type.Integer({ minimum: 0, description: 'of those that passed: as the network’s server does it' }),
        failed: count,
        failedShould: Type.Integer({ minimum: 0, description: 'of those that failed: of the level should' }),
        skipped: count,
      },
      strict,
    ),
    cases: Type.Array(
      Type.Object(
        {
          name,
          section,
          level,
          outcome: oneOf('passed', 'failed', 'skipped'),
          message: Type.String({ description: 'what was seen, or why it was skipped; the wording may change' }),
          evidence: Type.Optional(Type.Array(Type.String())),
          hint: Type.Optional(Type.String({ description: 'what to do' })),
          asNetwork: Type.Optional(Type.Literal(true, { description: 'it passed as the network’s server does it' })),
          durationMs: count,
        },
        strict,
      ),
    ),
    ms: count,
  },
  strict,
);

/** The cases, of `conform --list`. */
export const conformanceCases = Type.Object(
  {
    cases: Type.Array(
      Type.Object(
        {
          name,
          summary: Type.String(),
          section,
          level,
          needs: Type.Array(oneOf('peer', 'own-peer', 'two-peers', 'owner')),
          writes: Type.Boolean({ description: 'it leaves something behind: --write' }),
          badSignatures: Type.Integer({ minimum: 0, description: 'how many tokens with a bad signature it sends' }),
          provokes: Type.Boolean({ description: 'it provokes a penalty for the address of the sender: --may-ban' }),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type ConformanceOutput = Static<typeof conformanceReport> | Static<typeof conformanceCases>;
