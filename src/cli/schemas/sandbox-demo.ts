/** The JSON of `sandbox demo`. */
import { type Static, Type } from '@sinclair/typebox';
import { nullable, oneOf, strict } from './nullable.ts';

/** A step of the demonstration. */
export const demoResult = Type.Object(
  {
    step: oneOf('fetch-profile', 'follow', 'relations'),
    title: Type.String(),
    command: Type.String({ description: 'as one would type it' }),
    ok: Type.Boolean(),
    exitCode: nullable(Type.Integer()),
    ms: Type.Integer({ minimum: 0 }),
    output: Type.Unknown({ description: 'what the command wrote with --json; a list when it wrote several lines' }),
  },
  strict,
);

export type DemoOutput = Static<typeof demoResult>;
