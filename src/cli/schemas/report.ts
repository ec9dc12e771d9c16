/** The JSON of `report`. */
import { Type } from '@sinclair/typebox';
import { homeExamination, peerExamination } from './doctor.ts';
import { errorObject } from './error.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

const changedSetting = Type.Object(
  { name: Type.String(), value: Type.Unknown(), origin: oneOf('flag', 'environment', 'config') },
  strict,
);

/** What a bug report needs, without secrets. */
export const bugReport = Type.Object(
  {
    madeAt: dateTime(),
    version: Type.String(),
    node: Type.String(),
    system: Type.String({ description: 'operating system, its version, processor' }),
    settings: Type.Union([Type.Array(changedSetting), Type.Object({ error: errorObject }, strict)], {
      description: 'those that are not the default',
    }),
    environment: Type.Array(Type.String(), { description: 'names of variables that are set' }),
    doctor: homeExamination,
    peer: nullable(peerExamination),
    log: nullable(Type.Array(Type.String(), { description: 'its last lines' })),
  },
  strict,
);
