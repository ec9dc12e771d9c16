/** The arguments and flags of `expect`, which `serve --expect` takes as one text. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { parse } from '@oclif/core/parser';
import type { Expectation } from '../../services/reading/expectation.ts';
import { usageError } from '../output/output.ts';
import { durationFlag, inboxFlag } from './flags.ts';
import { reportFlag } from './report-flag.ts';
import { timeFlag } from './time-flag.ts';

/** What to wait for, and how long. */
export interface ExpectationRun extends Expectation {
  as?: string | undefined;
  content?: string | undefined;
  /** How many have to come. */
  count: number;
  /** Milliseconds. */
  within: number;
  /** Count what came since then, too, unix milliseconds. */
  since?: number | undefined;
  /** Wait for refusals. */
  refused: boolean;
  /** Nothing may come. */
  none: boolean;
}

/** The argument of `expect`. */
export const expectArgs = {
  type: Args.string({ name: 'TYPE', description: 'the type, such as POST, FLLW (with FLLW:DEL) or CONN:ACC' }),
};

/** What may be expected. */
const conditions = {
  as: inboxFlag,
  issuer: Flags.string({ description: 'from this identity', helpValue: 'IDTAG' }),
  audience: Flags.string({ description: 'for this identity; of a refusal: at its inbox', helpValue: 'IDTAG' }),
  subject: Flags.string({ description: 'about this: an action, a file, an identity', helpValue: 'ID' }),
  content: Flags.string({
    description: 'with this content, in which * is any text; or /EXPRESSION/, to be found in it',
    helpValue: 'PATTERN',
  }),
  count: Flags.integer({ description: 'so many of them', helpValue: 'N', default: 1, min: 1, max: 1_000_000 }),
  within: durationFlag({ description: 'wait for at most this long [default: 30s]' }),
  since: timeFlag({
    description: 'count what arrived after this time, too: ISO 8601, unix seconds, or an age such as 2h',
  }),
  refused: Flags.boolean({ description: 'wait for a refusal' }),
  none: Flags.boolean({ description: 'none of them may come within the time' }),
};

/** The flags of `expect`. */
export const expectFlags = { ...conditions, ...reportFlag };

const WITHIN = 30_000;

/** The expectation of arguments and flags. @throws CloudilloError `usage.value` */
export function expectationOf(
  { type }: { type?: string | undefined },
  { since, within = WITHIN, ...flags }: ExpectFlagValues,
): ExpectationRun {
  if (flags.none && flags.count > 1) {
    throw usageError('usage.value', '--none and --count exclude each other', 'With --none the first one is too many');
  }
  const { as, issuer, audience, subject, content, count, refused, none } = flags;
  const from = since === undefined ? undefined : since * 1000;
  return {
    type: type?.toUpperCase(),
    as,
    issuer,
    audience,
    subject,
    content,
    count,
    within,
    since: from,
    refused,
    none,
  };
}

interface ExpectFlagValues extends Omit<ExpectationRun, 'type' | 'within'> {
  within?: number | undefined;
}

/** The expectation that `serve --expect` names in one text. @throws CloudilloError `usage.value`; what oclif's parser throws */
export async function expectationIn(text: string): Promise<ExpectationRun> {
  const { args, flags } = await parse(wordsOf(text), { args: withoutInput, flags: conditions, strict: true });
  return expectationOf(args as { type?: string }, flags as unknown as ExpectFlagValues);
}

const withoutInput = { type: { ...expectArgs.type, ignoreStdin: true as const } };

/** The words of a command line: quotes keep blanks, as in a shell. */
function wordsOf(text: string): string[] {
  const WORD = /(?:"[^"]*"|'[^']*'|[^\s"'])+/g;
  if (/["']/.test(text.replace(WORD, ''))) {
    throw usageError(
      'usage.value',
      `A quote has no end in ${text}`,
      'Write it as in a shell: \'POST --content "a b*"\'',
    );
  }
  return (text.match(WORD) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_all, a, b) => a ?? b));
}
