/** The JSON of `serve`. */
import { type Static, Type } from '@sinclair/typebox';

/** The line that `serve --json` writes once it answers. */
export const readyLine = Type.Object(
  {
    ready: Type.Literal(true),
    url: Type.String({ description: 'scheme, address and port that it listens on' }),
    address: Type.String(),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    pid: Type.Integer(),
    idTags: Type.Array(Type.String(), { description: 'the identities that it answers for' }),
  },
  { additionalProperties: false },
);

export type ServeOutput = Static<typeof readyLine>;
