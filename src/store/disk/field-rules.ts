import { isJsonObject } from '../../protocol/json-object.ts';

/** What is wrong with a field's value, as the end of a sentence; null: nothing. */
export type Rule = (value: unknown) => string | null;

export const text: Rule = (value) => (typeof value === 'string' && value !== '' ? null : 'must be a text');
export const date: Rule = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? null : 'must be an ISO 8601 date';
export const flag: Rule = (value) => (typeof value === 'boolean' ? null : 'must be true or false');
export const list: Rule = (value) => (Array.isArray(value) ? null : 'must be a list');
/** An object whose values are all texts. */
export const texts: Rule = (value) =>
  isJsonObject(value) && Object.values(value).every((each) => typeof each === 'string') ? null : 'must hold texts only';
export const integer =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Rule =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? null
      : `must be a whole number from ${least} to ${most}`;
export const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? null : rule(value);

/** Strict: an unknown field is refused, so that a typo in a hand-edited file shows. @throws Error with the reason */
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
