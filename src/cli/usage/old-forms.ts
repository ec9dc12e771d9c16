/**
 * Forms of the command line that have changed, and work until 0.3: flags, commands and values. The command line is rewritten
 * before it is parsed, so that no command knows of an old form.
 */

/** An old form and the present one. */
export interface OldForm {
  /** A command line in the old form, and the same in the present one. The tests use them. */
  example: readonly [old: string, now: string];
  /** Rewrites a command line. @returns null when it doesn't have the old form */
  rewrite(argv: readonly string[]): Rewritten | null;
}

/** A command line in the present form, and the change, for the note. */
interface Rewritten {
  argv: string[];
  old: string;
  now: string;
}

const BARE_NUMBER = /^\d+(?:\.\d+)?$/;
/** A duration with or without a unit. */
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d)?)+$/;
const inUnit = (unit: string) => (value: string) => (BARE_NUMBER.test(value) ? `${value}${unit}` : value);
const inSeconds = inUnit('s');

/** All old forms, in the order in which they are applied. */
export const OLD_FORMS: readonly OldForm[] = [
  {
    example: ['keygen --as b.test --list --json', 'key list --as b.test --json'],
    rewrite: (argv) => {
      const without = replaceSwitch(argv, 'keygen', '--list', []);
      return without && { argv: ['key', 'list', ...without.argv.slice(1)], old: 'keygen --list', now: 'key list' };
    },
  },
  {
    example: ['post b.test /api/inbox --data {}', 'request POST b.test /api/inbox --data {}'],
    rewrite: (argv) =>
      isCommand(argv, 'post') && beforeEnd(argv).some((token) => /^(?:--data$|--data=|-d)/.test(token))
        ? { argv: ['request', 'POST', ...argv.slice(1)], old: 'post --data', now: 'request POST' }
        : null,
  },
  {
    example: ['file get f1~x -o x.png', 'file export f1~x -o x.png'],
    rewrite: (argv) =>
      isCommand(argv, 'file get')
        ? { argv: ['file', 'export', ...argv.slice(2)], old: 'file get', now: 'file export' }
        : null,
  },
  renamed(['action', 'sign-token'], 'aud', 'audience', ['action INVT --aud b.test', 'action INVT --audience b.test']),
  renamed(['verify-token'], 'aud', 'audience', ['verify-token x --aud=b.test', 'verify-token x --audience=b.test']),
  renamed(['action'], 'exp', 'expires', ['action STAT --exp 60', 'action STAT --expires 60s'], inSeconds),
  renamed(['sign-token'], 'exp', 'expires', ['sign-token --exp=2m', 'sign-token --expires=2m'], inSeconds),
  renamed(['token create'], 'ttl', 'expires', ['token create --ttl 60', 'token create --expires 60s'], inSeconds),
  renamed(
    ['smoke-test'],
    'min-days',
    'min-validity',
    ['smoke-test b.test --min-days 21', 'smoke-test b.test --min-validity 21d'],
    inUnit('d'),
  ),
  renamed(
    ['smoke-test'],
    'format',
    'report',
    ['smoke-test b.test --format tap', 'smoke-test b.test --report tap=-'],
    (value) => (value === 'junit' || value === 'tap' ? `${value}=-` : value),
  ),
  {
    example: ['password set --password-stdin --json', 'password set --password-file - --json'],
    rewrite: (argv) => replaceSwitch(argv, 'password set', '--password-stdin', ['--password-file', '-']),
  },
  {
    // The old switch had no value. With a duration after it, it is the present flag.
    example: ['watch --wait --json', 'watch --retry --json'],
    rewrite: (argv) => {
      const at = beforeEnd(argv).indexOf('--wait');
      return DURATION.test(argv[at + 1] ?? '') ? null : replaceSwitch(argv, 'watch', '--wait', ['--retry']);
    },
  },
  renamed(['watch'], 'timeout', 'wait', ['watch --timeout 30', 'watch --wait 30s'], inSeconds),
  bareSeconds('timeout', ['get b.test --timeout 5', 'get b.test --timeout 5s']),
  bareSeconds('wait', ['dns-check b.test --wait 60', 'dns-check b.test --wait 60s']),
  bareSeconds('leeway', ['verify-token x --leeway=10', 'verify-token x --leeway=10s']),
  bareSeconds('grace', ['file gc --grace 3600', 'file gc --grace 3600s']),
];

/** Rewrites a command line to its present form, with a note for each old form in it. */
export function withoutOldForms(argv: readonly string[]): { argv: string[]; notes: string[] } {
  let current = [...argv];
  const notes: string[] = [];
  for (const { rewrite } of OLD_FORMS) {
    const rewritten = rewrite(current);
    if (rewritten === null) continue;
    current = rewritten.argv;
    notes.push(`note: ${rewritten.old} is now ${rewritten.now}; the old form works until 0.3`);
  }
  return { argv: current, notes };
}

/** A flag with a new name, or with another value. */
function renamed(
  commands: readonly string[],
  from: string,
  to: string,
  example: OldForm['example'],
  convert = (value: string) => value,
): OldForm {
  return {
    example,
    rewrite: (argv) => (commands.some((command) => isCommand(argv, command)) ? rename(argv, from, to, convert) : null),
  };
}

/** A duration without a unit, which was seconds. */
function bareSeconds(flag: string, example: OldForm['example']): OldForm {
  return { example, rewrite: (argv) => rename(argv, flag, flag, inSeconds) };
}

function rename(
  argv: readonly string[],
  from: string,
  to: string,
  convert: (value: string) => string,
): Rewritten | null {
  const now = [...argv];
  let found: Rewritten | null = null;
  for (const at of beforeEnd(argv).keys()) {
    const token = argv[at] as string;
    const joined = token.startsWith(`--${from}=`);
    if (!joined && token !== `--${from}`) continue;
    const value = joined ? token.slice(from.length + 3) : argv[at + 1];
    const wanted = value === undefined ? undefined : convert(value);
    if (from === to && wanted === value) continue;
    if (joined) now[at] = `--${to}=${wanted}`;
    else now.splice(at, value === undefined ? 1 : 2, `--${to}`, ...(wanted === undefined ? [] : [wanted]));
    const shown = (flag: string, text: string | undefined) => (wanted === value ? `--${flag}` : `--${flag} ${text}`);
    found = { argv: now, old: shown(from, value), now: shown(to, wanted) };
  }
  return found;
}

function replaceSwitch(
  argv: readonly string[],
  command: string,
  from: string,
  to: readonly string[],
): Rewritten | null {
  const at = beforeEnd(argv).indexOf(from);
  if (at === -1 || !isCommand(argv, command)) return null;
  return { argv: [...argv.slice(0, at), ...to, ...argv.slice(at + 1)], old: from, now: to.join(' ') };
}

function isCommand(argv: readonly string[], command: string): boolean {
  return command.split(' ').every((word, at) => argv[at] === word);
}

/** The words before a `--`, behind which there are no flags. */
function beforeEnd(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}
