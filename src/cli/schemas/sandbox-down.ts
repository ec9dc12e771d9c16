/** The JSON of `sandbox down`. */
import { type Static, Type } from '@sinclair/typebox';

/** What was stopped. */
export const sandboxDown = Type.Object(
  {
    dir: Type.String(),
    wasUp: Type.Boolean(),
    orphans: Type.Array(Type.String(), { description: 'identities whose servers had outlived their sandbox' }),
  },
  { additionalProperties: false },
);

export type SandboxDownOutput = Static<typeof sandboxDown>;
