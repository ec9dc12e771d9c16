/** The flags of `load`. */
import * as Flags from '@oclif/core/flags';
import { LOAD_KINDS, type LoadMix, parseMix } from '../../services/load/mix.ts';
import { parseThreshold, type Threshold } from '../../services/load/thresholds.ts';
import { usageError } from '../output/output.ts';
import { durationFlag } from './flags.ts';
import { peerFlags } from './peer-flags.ts';
import { reportFlag } from './report-flag.ts';

/** The default of `--duration`, milliseconds. */
export const LOAD_DURATION = 10_000;
const MAX_DURATION = 3_600_000;

/** The flags of `load`. */
export const loadFlags = {
  rate: Flags.integer({
    description: 'requests a second [default: as fast as answers come]',
    helpValue: 'N',
    min: 1,
    max: 100_000,
  }),
  concurrency: Flags.integer({
    description: 'the most requests at once [default: 10; with --rate 256]',
    helpValue: 'N',
    min: 1,
    max: 4_096,
  }),
  duration: durationFlag({
    description: 'how long to send, at most 1h [default: 10s]',
    parse: async (input) => {
      const { parseDuration } = await import('./flags.ts');
      const milliseconds = parseDuration(input);
      if (milliseconds > 0 && milliseconds <= MAX_DURATION) return milliseconds;
      throw usageError('usage.duration', `A load can't take ${input}`, 'Give it more than nothing and at most 1h');
    },
  }),
  mix: Flags.custom<LoadMix>({
    description: `what to send, with weights: ${LOAD_KINDS.join(', ')} [default: FLLW]`,
    helpValue: 'FLLW=8,REACT=2',
    parse: async (input) => parseMix(input),
  })(),
  peer: Flags.string({
    description: 'sign as this member of the sandbox, which is played here; may be repeated',
    helpValue: 'IDTAG',
    multiple: true,
    multipleNonGreedy: true,
  }),
  as: Flags.string({ description: 'sign as this identity of the home', helpValue: 'IDTAG' }),
  'fail-if': Flags.custom<Threshold>({
    description:
      "end with 3 when this is so: 'p99>200ms', 'errors>1%', 'throughput<50'; 'p99>+10%', 'throughput<-10%' of --baseline; may be repeated",
    helpValue: 'CONDITION',
    multiple: true,
    multipleNonGreedy: true,
    parse: async (input) => parseThreshold(input),
  })(),
  baseline: Flags.file({ description: 'compare with the --json of an earlier run', helpValue: 'FILE' }),
  'i-own-this': Flags.boolean({ description: 'allow a load on an instance of the Internet' }),
  ...reportFlag,
  ...peerFlags,
};
