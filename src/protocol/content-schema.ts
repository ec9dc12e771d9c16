/** Checks the content of an action against the schema of its type. */
import { isJsonObject } from './json-object.ts';

/**
 * The small schema language of `action-types.json`: `string`, `string 1-255` (bytes of UTF-8, as the network counts),
 * `a | b` (one of these), `string[]`.
 */
export type PropertyRules = Readonly<Record<string, string>>;

/** Checks the length of a string in bytes. @returns the problem in the network's words, or `null` */
export function checkString(value: unknown, [min, max]: readonly [number, number], path: string): string | null {
  if (typeof value !== 'string') return `${path}: expected string`;
  const bytes = Buffer.byteLength(value);
  if (bytes < min) return `${path}: string too short (min ${min})`;
  if (bytes > max) return `${path}: string too long (max ${max})`;
  return null;
}

/** Checks the known properties of an object. Others are allowed, so that the network can grow. @returns the problem, or `null` */
export function checkObject(
  value: unknown,
  rules: PropertyRules,
  required: readonly string[],
  path: string,
): string | null {
  if (!isJsonObject(value)) return `${path}: expected object`;
  const problems: string[] = [];
  for (const name of required) {
    if (!Object.hasOwn(value, name)) problems.push(`${path}: missing required property '${name}'`);
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (!Object.hasOwn(value, name)) continue;
    const problem = checkProperty(value[name], rule, `${path}.${name}`);
    if (problem !== null) problems.push(problem);
  }
  return problems.length > 0 ? problems.join('; ') : null;
}

function checkProperty(value: unknown, rule: string, path: string): string | null {
  if (rule === 'string[]') return checkStrings(value, path);
  const bounds = /^string(?: ([0-9]+)-([0-9]+))?$/.exec(rule);
  if (bounds) return checkString(value, [Number(bounds[1] ?? 0), Number(bounds[2] ?? Number.POSITIVE_INFINITY)], path);
  if (typeof value !== 'string') return `${path}: expected string`;
  return rule.split(' | ').includes(value) ? null : `${path}: value '${value.slice(0, 80)}' not in allowed enum`;
}

function checkStrings(value: unknown, path: string): string | null {
  if (!Array.isArray(value)) return `${path}: expected array`;
  const index = value.findIndex((entry) => typeof entry !== 'string');
  return index < 0 ? null : `${path}[${index}]: expected string`;
}
