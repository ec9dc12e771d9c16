/** Takes secrets out of texts that are shown to strangers. */

const REMOVED = '<removed>';
/** A secret that is known and shorter is no secret: taking each "1" out would hide the text. */
const SHORTEST = 6;

/** What looks like a secret, wherever it stands. */
const SHAPES: readonly (readonly [shape: RegExp, by: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REMOVED],
  // Tokens: a JSON header begins with `{"`, or is empty.
  [/\be(?:yJ|30)[\w-]*\.[\w-]+(?:\.[\w-]*)?/g, REMOVED],
  [/\beyJ[\w-]{20,}/g, REMOVED],
  // API keys.
  [/\bcl_[\w-]{8,}/g, REMOVED],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, `$1 ${REMOVED}`],
  // In URLs: user and password, and the query.
  [/(\/\/)[^/\s:@]+:[^/\s@]+@/g, `$1${REMOVED}@`],
  [/([?&](?:token|apiKey|key|code|secret|signature)=)[^\s&#"']+/gi, `$1${REMOVED}`],
  // Fields of JSON, headers and settings.
  [
    /("(?:\w*(?:password|passphrase|secret|authorization|cookie|apiKey|privateKey)|token|bearer|d)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    `$1"${REMOVED}"`,
  ],
  [
    /\b((?:\w*(?:password|passphrase|secret|api[-_]?key|private[-_]?key))|(?:set-)?cookie|authorization)(\s*[=:]\s*)(?!")[^\s,;]+/gi,
    `$1$2${REMOVED}`,
  ],
];

/** Names of fields whose whole value is a secret. */
const SECRET_FIELD =
  /(?:password|passphrase|secret|authorization|cookie|apikey|privatekey)$|^(?:token|bearer|related)$/i;

/**
 * Takes out of a text what looks like a secret (private keys, tokens, API keys, passwords in fields, headers and URLs) and what is known to
 * be one.
 * @param known secrets of this process; those of less than 6 characters are left
 */
export function redactText(text: string, known: readonly string[] = []): string {
  let clean = text;
  for (const secret of known) if (secret.length >= SHORTEST) clean = clean.replaceAll(secret, REMOVED);
  for (const [shape, by] of SHAPES) clean = clean.replace(shape, by);
  return clean;
}

/** The same for every text in a JSON value. A field whose name says that it holds a secret loses its whole value. */
export function redactValue<T>(value: T, known: readonly string[] = []): T {
  return redacted(value, known) as T;
}

function redacted(value: unknown, known: readonly string[]): unknown {
  if (typeof value === 'string') return redactText(value, known);
  if (Array.isArray(value)) return value.map((each) => redacted(each, known));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      SECRET_FIELD.test(name) && typeof each === 'string' ? REMOVED : redacted(each, known),
    ]),
  );
}
