/** Converts oclif's errors to usage errors. */
import { stripVTControlCharacters } from 'node:util';
import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { nearest } from '../../services/runtime/did-you-mean.ts';

/** The part of an error of oclif's parser that is used. */
interface ParserError extends Error {
  oclif: { exit?: number };
  flags?: string[];
  /** The missing arguments of a RequiredArgsError. */
  args?: { name: string; description?: string }[];
  /** The command's flags, and the given ones. */
  parse?: {
    input?: {
      args?: Record<string, unknown>;
      flags?: Record<string, { exclusive?: readonly (string | { name: string })[] }>;
    };
    output?: { flags?: Record<string, unknown>; metadata?: { flags?: Record<string, { setFromDefault?: boolean }> } };
  };
}

/** The class names of `@oclif/core/lib/parser/errors` → codes. Any other refusal of oclif is `usage.value`. */
const CODES: Readonly<Record<string, CodeOf<'usage'>>> = {
  NonExistentFlagsError: 'usage.flag',
  UnexpectedArgsError: 'usage.argument',
  RequiredArgsError: 'usage.missing',
  FailedFlagValidationError: 'usage.missing',
};

function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && typeof (error as { oclif?: unknown }).oclif === 'object';
}

/** oclif's message on one line: without colour, "See more help" and "The following errors occurred". */
function tidy(message: string): string {
  return stripVTControlCharacters(message)
    .replace(/\n?See more help with --help$/, '')
    .replace(/^The following errors? occurred:/, '')
    .replace(/^Parsing (--\S+) *\n\s*/, '$1: ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('; ')
    .replace(/:;/g, ':');
}

/** The missing arguments in the words of the usage line. oclif's own message ends in advice about its parser. */
function missingArguments(error: ParserError): string | null {
  if (error.constructor.name !== 'RequiredArgsError' || !error.args?.length) return null;
  const names = error.args.map(
    ({ name, description }) => `${name.toUpperCase()}${description ? ` (${description})` : ''}`,
  );
  return `Missing: ${names.join(', ')}`;
}

/** Whether two flags that exclude each other were given. A default excludes nothing. */
function hasExclusiveFlags({ parse }: ParserError): boolean {
  const { flags = {}, metadata } = parse?.output ?? {};
  const given = Object.keys(flags).filter((name) => metadata?.flags?.[name]?.setFromDefault !== true);
  const excludedBy = (name: string) => parse?.input?.flags?.[name]?.exclusive ?? [];
  return given.some((name) =>
    excludedBy(name).some((other) => given.includes(typeof other === 'string' ? other : other.name)),
  );
}

/** oclif wraps the message of an error that a flag's `parse` throws. */
function fromParser(error: CloudilloError): CloudilloError {
  if (/^Parsing --/.test(error.message)) error.message = tidy(error.message);
  return error;
}

/**
 * Converts an error of oclif's parser to a {@link CloudilloError} `usage.*`. Every other error is returned as it is.
 * @param command the command as typed (`store check`), for the hint
 * @param flagNames the command's flags without dashes, for "did you mean"
 */
export function asUsageError(error: unknown, command: string | undefined, flagNames: readonly string[] = []): unknown {
  if (error instanceof CloudilloError) return fromParser(error);
  if (!isParserError(error)) return error;
  // One class of oclif stands both for a missing companion flag and for two flags that exclude each other.
  const code = hasExclusiveFlags(error) ? 'usage.value' : (CODES[error.constructor.name] ?? 'usage.value');
  const help = `cloudillo ${command === undefined ? '' : `${command} `}--help`;
  const meant = error.flags?.map((flag) => nearest(flag.replace(/^-+/, ''), flagNames)).find((name) => name !== null);
  return new CloudilloError(code, missingArguments(error) ?? tidy(error.message), {
    stage: 'input',
    hint: meant ? `Did you mean --${meant}? All flags: ${help}` : `${dashHint(error, command)}See ${help}`,
  });
}

/** The hint for a text that begins with a dash, which was taken for a flag; empty when the command takes no text. */
function dashHint({ flags: [typed] = [], parse }: ParserError, command: string | undefined): string {
  if (typed === undefined || Object.keys(parse?.input?.args ?? {}).length === 0) return '';
  return `A text that begins with a dash comes last, after --: cloudillo ${command ?? ''} -- ${shellWord(typed)}. `;
}

/**
 * The error for an unknown command: `usage.command` with the nearest one.
 * @param typed the words before the first flag; the first ones were meant as the command
 * @param known command IDs as oclif has them (`store:check`)
 */
export function unknownCommand(typed: readonly string[], known: readonly string[]): CloudilloError {
  const names = known.map((id) => id.split(':'));
  const inTopic = names.some((name) => name.length > 1 && name[0] === typed[0]);
  const shown = typed.slice(0, inTopic ? 2 : 1).join(' ');
  const meant = meantCommands(
    typed.slice(0, 2).join(' '),
    shown,
    names.map((name) => name.join(' ')),
  );
  return new CloudilloError('usage.command', `There is no command "${shown}"`, {
    stage: 'input',
    hint:
      meant.length > 0
        ? `Did you mean ${meant.map((name) => `"cloudillo ${name}"`).join(' or ')}? All commands: cloudillo --help`
        : 'See cloudillo --help',
  });
}

/**
 * The commands that may be meant: by a typo, else by the first word of a name (`fetch` for `fetch-action`, `fetch-file`,
 * `fetch-profile`).
 */
function meantCommands(typed: string, shown: string, names: readonly string[]): readonly string[] {
  const near = nearest(typed, names) ?? nearest(shown, names);
  return near === null ? names.filter((name) => name.startsWith(`${shown}-`)) : [near];
}
