import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';

export const sandboxDown = Type.Object(
  {
    dir: Type.String(),
    wasUp: Type.Boolean(),
    orphans: Type.Array(Type.String(), { description: 'identities whose servers had outlived their sandbox' }),
  },
  { additionalProperties: false },
);

/** What `sandbox down --json` writes. */
export const schema = Type.Union([sandboxDown, errorOutput], { $id: 'sandbox-down', title: 'sandbox down --json' });

export type SandboxDownOutput = Static<typeof sandboxDown>;
