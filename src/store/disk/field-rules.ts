/** Rules for the fields of JSON documents. */
import { isJsonObject } from '../../protocol/json-object.ts';

/** Checks a value. @returns the fault as the end of a sentence; null when there is none */
export type Rule = (value: unknown) => string | null;

/** A text. */
export const text: Rule = (value) => (typeof value === 'string' && value !== '' ? null : 'must be a text');
/** A date in ISO 8601. */
export const date: Rule = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? null : 'must be an ISO 8601 date';
/** A boolean. */
export const flag: Rule = (value) => (typeof value === 'boolean' ? null : 'must be true or false');
/** A list. */
export const list: Rule = (value) => (Array.isArray(value) ? null : 'must be a list');
/** An object whose values are all texts. */
export const texts: Rule = (value) =>
  isJsonObject(value) && Object.values(value).every((each) => typeof each === 'string') ? null : 'must hold texts only';
/** A whole number within limits. */
export const integer =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Rule =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? null
      : `must be a whole number from ${least} to ${most}`;
/** A field that may be absent. */
export const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? null : rule(value);

/**
 * Checks the fields of an object. An unknown field is refused, so that a typo in a hand-edited file is noticed. @throws Error
 * with the reason
 */
export function assertFields(json: unknown, rules: Record<string, Rule>, prefix: string): void {
  if (!isJsonObject(json)) {
    throw new Error(`"${prefix}" must be an object`.replace('""', 'it'));
  }
  for (const name of Object.keys(json)) {
    if (!Object.hasOwn(rules, name)) throw new Error(`unknown field "${prefix}${name}"`);
  }
  for (const [name, rule] of Object.entries(rules)) {
    const problem = rule(json[name]);
    if (problem) throw new Error(`"${prefix}${name}" ${problem}`);
  }
}
