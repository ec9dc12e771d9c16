import { stripVTControlCharacters } from 'node:util';
import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { nearest } from './did-you-mean.ts';

/** What oclif's parser throws, as far as we look at it. */
interface ParserError extends Error {
  oclif: { exit?: number };
  flags?: string[];
  /** Of a RequiredArgsError: what is missing. */
  args?: { name: string; description?: string }[];
  /** The command's flags, and those that were given. */
  parse?: {
    input?: { flags?: Record<string, { exclusive?: readonly (string | { name: string })[] }> };
    output?: { flags?: Record<string, unknown>; metadata?: { flags?: Record<string, { setFromDefault?: boolean }> } };
  };
}

/** The class names of `@oclif/core/lib/parser/errors` → our codes. Anything else that oclif refuses is `usage.value`. */
const CODES: Readonly<Record<string, CodeOf<'usage'>>> = {
  NonExistentFlagsError: 'usage.flag',
  UnexpectedArgsError: 'usage.argument',
  RequiredArgsError: 'usage.missing',
  FailedFlagValidationError: 'usage.missing',
};

function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && typeof (error as { oclif?: unknown }).oclif === 'object';
}

/** oclif's message as one line: no colour, no "See more help", no "The following errors occurred". */
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

/** In the words of the usage line; oclif's own end in advice on how its parser takes flags. */
function missingArguments(error: ParserError): string | null {
  if (error.constructor.name !== 'RequiredArgsError' || !error.args?.length) return null;
  const names = error.args.map(
    ({ name, description }) => `${name.toUpperCase()}${description ? ` (${description})` : ''}`,
  );
  return `Missing: ${names.join(', ')}`;
}

/** Were two flags given that exclude each other? A default excludes nothing. */
function hasExclusiveFlags({ parse }: ParserError): boolean {
  const { flags = {}, metadata } = parse?.output ?? {};
  const given = Object.keys(flags).filter((name) => metadata?.flags?.[name]?.setFromDefault !== true);
  const excludedBy = (name: string) => parse?.input?.flags?.[name]?.exclusive ?? [];
  return given.some((name) =>
    excludedBy(name).some((other) => given.includes(typeof other === 'string' ? other : other.name)),
  );
}

/** oclif wraps the message of whatever a flag's `parse` throws in words of its own. */
function fromParser(error: CloudilloError): CloudilloError {
  if (/^Parsing --/.test(error.message)) error.message = tidy(error.message);
  return error;
}

/**
 * An error of oclif's parser → a {@link CloudilloError} `usage.*`; every other error is returned as it is.
 * @param command the command as typed (`store check`), for the hint
 * @param flagNames the command's flags without dashes, for "did you mean"
 */
export function asUsageError(error: unknown, command: string | undefined, flagNames: readonly string[] = []): unknown {
  if (error instanceof CloudilloError) return fromParser(error);
  if (!isParserError(error)) return error;
  // One class of oclif's stands for a flag that is missing beside another, and for two that exclude each other.
  const code = hasExclusiveFlags(error) ? 'usage.value' : (CODES[error.constructor.name] ?? 'usage.value');
  const help = `cloudillo ${command === undefined ? '' : `${command} `}--help`;
  const meant = error.flags?.map((flag) => nearest(flag.replace(/^-+/, ''), flagNames)).find((name) => name !== null);
  return new CloudilloError(code, missingArguments(error) ?? tidy(error.message), {
    stage: 'input',
    hint: meant ? `Did you mean --${meant}? All flags: ${help}` : `See ${help}`,
  });
}

/**
 * A command that doesn't exist → `usage.command` with the nearest one that does.
 * @param typed the words before the first flag, of which the first few were meant as the command
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

/** A slip of the finger, else the first word of a name: `fetch` for `fetch-action`, `fetch-file`, `fetch-profile`. */
function meantCommands(typed: string, shown: string, names: readonly string[]): readonly string[] {
  const near = nearest(typed, names) ?? nearest(shown, names);
  return near === null ? names.filter((name) => name.startsWith(`${shown}-`)) : [near];
}
