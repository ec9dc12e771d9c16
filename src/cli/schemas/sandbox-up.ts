/** The JSON of `sandbox up`. */
import { type Static, Type } from '@sinclair/typebox';
import { strict } from './nullable.ts';

/** A port number. */
export const port = Type.Integer({ minimum: 0, maximum: 65535 });
const curl = Type.String({ description: 'a shell command that works as it stands' });

/** The line that `sandbox up --json` writes once everything answers. */
export const sandboxReady = Type.Object(
  {
    ready: Type.Literal(true),
    dir: Type.String(),
    pid: Type.Integer({ description: 'the process that keeps it up' }),
    ephemeral: Type.Boolean(),
    dns: Type.Object({ address: Type.String(), port }, strict),
    ca: Type.String({ description: 'path of the authority’s certificate' }),
    network: Type.String({ description: 'path of the network file, for --network' }),
    identities: Type.Array(
      Type.Object(
        {
          idTag: Type.String(),
          home: Type.String({ description: 'for --home' }),
          address: Type.String(),
          port,
          pid: Type.Integer(),
          curl,
        },
        strict,
      ),
    ),
    members: Type.Array(
      Type.Object(
        {
          idTag: Type.String(),
          address: Type.String(),
          port,
          cert: Type.String({ description: 'path of a certificate for it' }),
          key: Type.String(),
          curl,
        },
        strict,
      ),
    ),
  },
  strict,
);

export type SandboxUpOutput = Static<typeof sandboxReady>;
