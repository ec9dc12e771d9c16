/** Flags that several commands share. */
import * as Flags from '@oclif/core/flags';
import { durationIn } from '../../protocol/duration.ts';
import { usageError } from '../output/output.ts';

/** The flags of every command. */
export const baseFlags = {
  json: Flags.boolean({ description: 'JSON on stdout, one object a line; errors too', helpGroup: 'GLOBAL' }),
  home: Flags.directory({
    description: 'home directory of the instance [default: $XDG_DATA_HOME/cloudillo]',
    env: 'CLOUDILLO_HOME',
    helpValue: 'DIR',
    helpGroup: 'GLOBAL',
  }),
  'no-input': Flags.boolean({ description: 'never ask; fail and name the missing flag', helpGroup: 'GLOBAL' }),
  'no-color': Flags.boolean({ description: 'no colour, as with NO_COLOR', helpGroup: 'GLOBAL' }),
  quiet: Flags.boolean({
    char: 'q',
    description: 'write only errors to stderr',
    exclusive: ['verbose'],
    helpGroup: 'GLOBAL',
  }),
  verbose: Flags.boolean({ char: 'v', description: 'write details to stderr', helpGroup: 'GLOBAL' }),
};

/**
 * Reads a duration: `10m`, `1h30m`, `500ms`, `2.5s` → milliseconds.
 * @throws CloudilloError `usage.duration`, also for a number without a unit
 */
export function parseDuration(text: string): number {
  const milliseconds = durationIn(text);
  if (milliseconds !== null) return milliseconds;
  throw usageError('usage.duration', `"${text}" is not a duration`, 'Write it like 30s, 10m, 1h30m, 7d or 500ms');
}

/** A flag that takes a duration and gives milliseconds. */
export const durationFlag = Flags.custom<number>({
  parse: async (input) => parseDuration(input),
  helpValue: 'DURATION',
});

/**
 * The default of `--as` is `CLOUDILLO_AS`. It is not oclif's `env`: a value from there wasn't given to this command, so it
 * excludes no other flag.
 */
const fromEnvironment = {
  default: async (): Promise<string | undefined> => process.env['CLOUDILLO_AS'] || undefined,
  // The manifest must not depend on who makes it.
  noCacheDefault: true,
};

/** `--as IDTAG`: the identity of the home that acts. */
export const asFlag = Flags.string({
  description: 'act as this identity of the home [default: $CLOUDILLO_AS, else the only one]',
  helpValue: 'IDTAG',
  ...fromEnvironment,
});

/** `--as IDTAG` of commands that wait for what comes to an identity. */
export const inboxFlag = Flags.string({
  description: 'at the inbox of this identity [default: $CLOUDILLO_AS, else the only one]',
  helpValue: 'IDTAG',
  ...fromEnvironment,
});

/** `--as IDTAG` of commands that mean all identities of the home without it. */
export const anyIdentityFlag = Flags.string({
  description: 'only this identity of the home [default: $CLOUDILLO_AS, else all of them]',
  helpValue: 'IDTAG',
  ...fromEnvironment,
});

/** `--network FILE`: a sandbox network instead of the public one. */
const networkFlag = Flags.file({
  description: 'network file of a sandbox, instead of the public network',
  env: 'CLOUDILLO_NETWORK',
  helpValue: 'FILE',
});

/** The flags of every command that talks to others: which network, and what is shown of it. */
export const networkFlags = {
  network: networkFlag,
  trace: Flags.boolean({
    description: 'write each stage and its time to stderr: a tree on a terminal, else one JSON object a line',
    helpGroup: 'TRACE',
  }),
  'trace-file': Flags.string({
    description: 'append the same to this file, one JSON object a line',
    helpValue: 'FILE',
    helpGroup: 'TRACE',
  }),
  curl: Flags.boolean({
    description: 'write commands that send each request again to stderr, secrets as variables',
    helpGroup: 'TRACE',
  }),
};

/** `--limit N`: the most items; 0: no limit. */
export const limitFlag = Flags.custom<number>({
  description: 'the most items; 0: no limit',
  helpValue: 'N',
  default: 50,
  parse: async (input) => {
    if (/^\d{1,15}$/.test(input)) return Number(input);
    throw usageError('usage.value', `"${input}" is not a number of items`, 'Write a whole number; 0 for all');
  },
});

/** `--timeout DURATION`: the limit of one network request, within the range of the setting `request.timeout`. */
export const timeoutFlag = durationFlag({
  description: 'time limit of one request [default: 10s]',
  parse: async (input) => {
    const milliseconds = parseDuration(input);
    const { SETTINGS } = await import('../../store/settings/setting-definitions.ts');
    const { min = 0, max = 0 } = SETTINGS['request.timeout'];
    if (milliseconds >= min && milliseconds <= max) return milliseconds;
    throw usageError('usage.duration', `A request can't have ${input}`, 'Give it from 100ms to 10m');
  },
});
