/** How cases come to their verdicts. */
import { wireErrorOf } from '../../protocol/envelope.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import { printable } from '../../protocol/printable.ts';
import type { Verdict } from './case.ts';
import type { Answer } from './target.ts';

const MAX_EXCERPT = 120;

/** A verdict without a fault. */
export function passed(message: string): Verdict {
  return { outcome: 'passed', message };
}

/** Passed as the network's server does it (specification: Where servers differ). */
export function passedAsNetwork(message: string): Verdict {
  return { outcome: 'passed', message: `as the network's server: ${message}`, asNetwork: true };
}

/** A verdict with a fault. */
export function failed(message: string, ...evidence: string[]): Verdict {
  return { outcome: 'failed', message, ...(evidence.length > 0 && { evidence }) };
}

/** A case that could not be made. */
export function skipped(message: string): Verdict {
  return { outcome: 'skipped', message };
}

/**
 * Ends a case with a verdict: what it needs before it can ask is not to be had. Helpers throw it, so that a case reads as what it asks.
 * It failed where the instance refuses what it must take, and is skipped where there is nothing to look at.
 */
export class EarlyVerdict extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(verdict.message);
    this.verdict = verdict;
  }
}

/** The verdict of several checks of one answer: each that isn't right says so in a sentence. */
export function judged(good: string, problems: readonly (string | false | null | undefined)[]): Verdict {
  const [first, ...others] = problems.filter((one): one is string => typeof one === 'string');
  return first === undefined ? passed(good) : failed(first, ...others);
}

/** An answer in a few words: `400 E-VAL-INVALID`, `200`, `422 not JSON: …`. */
export function told(answer: Answer): string {
  const error = wireErrorOf(answer.json);
  if (error) return `${answer.status} ${printable(error.code)}`;
  if (answer.json !== undefined || answer.body.length === 0) return `${answer.status}`;
  return `${answer.status} not JSON: ${printable(answer.body.subarray(0, MAX_EXCERPT).toString('utf8'))}`;
}

/** The form of a refusal. */
export interface Refusal {
  status: number;
  /** The code of the protocol. Without one the body may be anything. */
  code?: string;
}

/**
 * Whether a request was refused in a form of the protocol.
 * @param what what was sent, as the subject of a sentence: `a token that has expired`
 * @param network forms in which the network's server refuses it
 */
export function refusal(answer: Answer, what: string, wanted: Refusal, network: readonly Refusal[] = []): Verdict {
  if (isRefusal(answer, wanted)) return passed(`${what} is answered ${told(answer)}`);
  if (network.some((form) => isRefusal(answer, form))) return passedAsNetwork(`${what} is answered ${told(answer)}`);
  return failed(`${what} is answered ${told(answer)}; ${wanted.status} ${wanted.code ?? ''} is right`);
}

/** As {@link refusal}, where the network's server takes what this specification refuses. */
export function refusalOrTaken(answer: Answer, what: string, wanted: Refusal): Verdict {
  if (answer.status >= 200 && answer.status < 300) return passedAsNetwork(`${what} is taken: ${told(answer)}`);
  return refusal(answer, what, wanted);
}

function isRefusal(answer: Answer, { status, code }: Refusal): boolean {
  if (answer.status !== status) return false;
  return code === undefined || wireErrorOf(answer.json)?.code === code;
}

/** Whether the instance took what was sent. */
export function taken(answer: Answer, what: string): Verdict {
  return isTaken(answer) ? passed(`${what} is answered ${told(answer)}`) : failed(notTaken(answer, what));
}

/** Goes on only when the instance took what was sent. @throws EarlyVerdict */
export function mustTake(answer: Answer, what: string): void {
  if (!isTaken(answer)) throw new EarlyVerdict(failed(notTaken(answer, what)));
}

/** Goes on only when the instance judged what was sent: one that is busy proves nothing. @throws EarlyVerdict */
export function mustJudge(answer: Answer, what: string): void {
  if (answer.status === 429 || answer.status >= 500)
    throw new EarlyVerdict(skipped(`${what} is answered ${told(answer)}, which is no verdict`));
}

/** Any 2xx: senders accept all of them (specification: Inbox). */
export function isTaken({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** The sentence about something that should have been taken. */
export function notTaken(answer: Answer, what: string): string {
  return `${what} is answered ${told(answer)}; a 2xx is right`;
}

/** The data of an answer, whatever it is. */
export function dataOf({ json }: Answer): unknown {
  return isJsonObject(json) ? json['data'] : undefined;
}

/** The data of an answer as an object; one without properties when it is none. */
export function objectOf(answer: Answer): Record<string, unknown> {
  const data = dataOf(answer);
  return isJsonObject(data) ? data : {};
}

/** The rows of a list. @param what the request, as the subject of a sentence @throws EarlyVerdict when it is answered without a list */
export function listOf(answer: Answer, what: string): Record<string, unknown>[] {
  const rows = answer.status === 200 ? rowsOf(answer) : null;
  if (rows) return rows;
  throw new EarlyVerdict(failed(`${what} is answered ${told(answer)}; a list is right`));
}

/** The same, where a case has nothing to look at without so many rows. @throws EarlyVerdict */
export function someOf(answer: Answer, what: string, count = 1): Record<string, unknown>[] {
  const rows = listOf(answer, what);
  if (rows.length >= count) return rows;
  throw new EarlyVerdict(skipped(`${what} lists ${rows.length}; the case needs at least ${count}`));
}

/** The data of an answer as a list of objects; null when it is no such list. */
export function rowsOf(answer: Answer): Record<string, unknown>[] | null {
  const data = dataOf(answer);
  return Array.isArray(data) && data.every(isJsonObject) ? data : null;
}

/** What a list says about its pages; null when it says nothing. */
export function pagination({ json }: Answer): Record<string, unknown> | null {
  const page = isJsonObject(json) ? json['cursorPagination'] : null;
  return isJsonObject(page) ? page : null;
}

/** The tokens of an outbox; null when it has another form. */
export function outboxTokens(answer: Answer): string[] | null {
  const { items } = objectOf(answer);
  if (!Array.isArray(items)) return null;
  const tokens = items.map((item) => (isJsonObject(item) ? item['token'] : undefined));
  return tokens.every((token): token is string => typeof token === 'string') ? tokens : null;
}
