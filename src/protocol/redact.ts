/** Takes secrets out of what others may read: logs, traces, errors, reports. */
import { isPlainParameter, isSecretName, SECRET_NAME } from './secret-names.ts';

/** What stands where a secret was. */
const REMOVED = '<removed>';
/** A known secret that is shorter stays: taking each "1" out would hide the text, not a secret. */
const SHORTEST = 6;

/** What looks like a secret, wherever it stands. */
const SHAPES: readonly (readonly [shape: RegExp, by: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REMOVED],
  // Tokens: a JSON header begins with `{"`, or is empty. It may be cut off anywhere.
  [/(?<![\w-])e(?:yJ|30)[\w-]*\.[\w-]+(?:\.[\w-]*)?/g, REMOVED],
  [/(?<![\w-])eyJ[\w-]{20,}/g, REMOVED],
  // API keys.
  [/\bcl_[\w-]{8,}/g, REMOVED],
  // Credentials of a header; "a bearer token" and "basic authentication" are prose.
  [/\b(Bearer|Basic)\s+(?!token|auth)[\w.~+/=-]{4,}/gi, `$1 ${REMOVED}`],
  // User and password in a URL.
  [/(\/\/)[^/\s@?#]+@/g, `$1${REMOVED}@`],
  // Fields of JSON, and of JSON within a text of JSON. A text may end within the value.
  [new RegExp(`("${SECRET_NAME}"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)`, 'gi'), `$1"${REMOVED}"`],
  [new RegExp(`(\\\\+"${SECRET_NAME}\\\\+"\\s*:\\s*\\\\+")[^"]*?(?=\\\\+"|$)`, 'gi'), `$1${REMOVED}`],
  // Headers: the whole line. Settings and variables. "token: …" is prose, and "key.passphrase: …" an error.
  [/(?<![\w.-])([\w-]*(?:cookie|authorization)\s*[=:]\s*)(?!")[^\r\n"]+/gi, `$1${REMOVED}`],
  [
    /(?<![\w.-])([\w-]*(?:password|passphrase|secret|(?:api|access|private)[-_]?key|_token)\s*[=:]\s*)(?!")[^\s,;]+/gi,
    `$1${REMOVED}`,
  ],
];
/** The values in the query of a URL. */
const PARAMETER = /([?&])([^\s=&#?]+)=([^\s&#)'"]+)/g;

/** What every secret that can be seen by its shape has in it. Nearly all texts have none of it. */
const HINT = /e(?:yJ|30)|cl_|\/\/|[?&]|bearer|basic|pass|secret|cookie|auth|key|token|"d"|related/i;

/**
 * Takes out of a text what looks like a secret (private keys, tokens, API keys, passwords in fields, headers and URLs) and what is known to
 * be one.
 * @param known secrets of this process, or of a request; those of less than 6 characters are left
 */
export function redactText(text: string, known: readonly string[] = []): string {
  let clean = text;
  for (const secret of known) if (secret.length >= SHORTEST) clean = clean.replaceAll(secret, REMOVED);
  if (!HINT.test(clean)) return clean;
  for (const [shape, by] of SHAPES) clean = clean.replace(shape, by);
  return clean.replace(PARAMETER, (whole, mark: string, name: string) =>
    isPlainParameter(name) ? whole : `${mark}${name}=${REMOVED}`,
  );
}

/** The same for the end of a text. A private key that begins in what was cut off loses all that is left of it. */
export function redactEnd(text: string, known: readonly string[] = []): string {
  const [end] = /-----END [A-Z ]*PRIVATE KEY-----/.exec(text) ?? [];
  const at = end === undefined ? -1 : text.indexOf(end);
  const begin = text.indexOf('-----BEGIN ');
  const isCut = end !== undefined && (begin === -1 || begin > at);
  return redactText(isCut ? REMOVED + text.slice(at + end.length) : text, known);
}

/** What is redacted of a value. */
export interface RedactOptions {
  /** As for {@link redactText}. */
  known?: readonly string[];
  /** Gives an error as the fields that are shown of it. Default: an error is an object without fields. */
  plainError?: (error: Error) => unknown;
}

/** A value that is nested deeper is cut off. */
const DEEPEST = 12;
const CUT = '[deep]';

/**
 * The same for every text in a value. A field whose name says that it holds a secret loses its whole value.
 * @returns the value itself where nothing is taken out: what is logged has to cost little
 */
export function redactValue<T>(value: T, options: RedactOptions = {}): T {
  return redacted(value, options, 0) as T;
}

function redacted(value: unknown, options: RedactOptions, depth: number): unknown {
  if (typeof value === 'string') return redactText(value, options.known);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return CUT;
  if (value instanceof Error && options.plainError) return redacted(options.plainError(value), options, depth + 1);
  let copy: Record<string, unknown> | unknown[] | null = null;
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    const shown = isSecretName(name) && mayHold(member) ? REMOVED : redacted(member, options, depth + 1);
    if (shown === member) continue;
    copy ??= Array.isArray(value) ? [...value] : { ...value };
    (copy as Record<string, unknown>)[name] = shown;
  }
  return copy ?? value;
}

/** A count of tokens is no secret, and neither is whether there is a password. */
function mayHold(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}
