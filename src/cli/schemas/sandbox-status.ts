/** The JSON of `sandbox status`. */
import { type Static, Type } from '@sinclair/typebox';
import { errorObject } from './error.ts';
import { nullable, strict } from './nullable.ts';
import { port } from './sandbox-up.ts';

/** The state of a sandbox and its servers. */
export const sandboxStatus = Type.Object(
  {
    dir: Type.String(),
    up: Type.Boolean({ description: 'does "sandbox up" run?' }),
    pid: nullable(Type.Integer()),
    dns: Type.Object({ address: Type.String(), port, answers: Type.Boolean() }, strict),
    servers: Type.Array(
      Type.Object(
        {
          idTag: Type.String(),
          home: nullable(Type.String({ description: 'null: somebody else runs it' })),
          address: Type.String(),
          port,
          pid: nullable(Type.Integer()),
          alive: nullable(Type.Boolean({ description: 'is the process that the sandbox started there?' })),
          answers: Type.Boolean({ description: 'GET /api/me, over the sandbox’s DNS and TLS' }),
          error: nullable(errorObject),
          curl: Type.String(),
        },
        strict,
      ),
    ),
    ok: Type.Boolean({ description: 'everything is up and answers' }),
  },
  strict,
);

export type SandboxStatusOutput = Static<typeof sandboxStatus>;
