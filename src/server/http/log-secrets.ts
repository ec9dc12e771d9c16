/** Keeps secrets out of log lines. */

/** Fields that are never logged, at any depth. */
const SECRETS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'password',
  'passphrase',
  'privateKey',
  'token',
  'apiKey',
]);
const CENSORED = '[secret]';
/** The logger itself cuts off what lies deeper. */
const DEEPEST = 8;
const CUT = '[deep]';

/**
 * The fields of a log line, with each secret replaced. Fields without one are given back as they are: a log line has to cost little,
 * and pino's own redaction takes ten times as long as the rest of a line.
 * @param plainError gives an error as the fields that are logged of it
 */
export function withoutSecrets(
  fields: Record<string, unknown>,
  plainError: (error: Error) => unknown,
): Record<string, unknown> {
  return censored(fields, plainError, 0) as Record<string, unknown>;
}

function censored(value: unknown, plainError: (error: Error) => unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return CUT;
  if (value instanceof Error) return censored(plainError(value), plainError, depth + 1);
  let copy: Record<string, unknown> | unknown[] | null = null;
  for (const [name, member] of Object.entries(value)) {
    const shown = SECRETS.has(name) && member !== undefined ? CENSORED : censored(member, plainError, depth + 1);
    if (shown === member) continue;
    copy ??= Array.isArray(value) ? [...value] : { ...value };
    (copy as Record<string, unknown>)[name] = shown;
  }
  return copy ?? value;
}
