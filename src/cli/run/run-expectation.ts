/** Waits until what is expected comes, or until it is clear that it doesn't. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { ArrivalView } from '../../services/reading/arrival-view.ts';
import type { ExpectEvent } from '../../services/reading/expect-arrivals.ts';
import type { WatchedAction } from '../../services/reading/watched-action.ts';
import type { ExpectationRun } from '../flags/expect-flags.ts';
import { usageError } from '../output/output.ts';
import { contentPattern } from './content-pattern.ts';
import { followDoor } from './follow-door.ts';

/** Who is told. */
export interface ExpectationListener {
  /** Everything that came before was told. */
  onReady(): void;
  /** Something came that fits. */
  write(came: { action: WatchedAction } | { refusal: ArrivalView }): Promise<void>;
}

const SERVE = 'Start one with "cloudillo serve", or let it wait itself: serve --expect';

/**
 * Waits. It returns when the expectation is met.
 * @param stop ends the waiting early: then the expectation is not met, also when nothing was to come
 * @throws CloudilloError `wait.timeout` when it didn't come in time; `check.expectation` when it came and was not to, or came and was
 *   refused; `usage.*`; as {@link followDoor}
 */
export async function runExpectation(
  home: string,
  run: ExpectationRun,
  { onReady, write }: ExpectationListener,
  stop: AbortSignal = new AbortController().signal,
): Promise<void> {
  const hasContent = contentOf(run);
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const seen = { came: 0, refused: 0 };
  const take = async ({ stage, action, refusal }: ExpectEvent) => {
    if (end.signal.aborted) return;
    if (stage === 'ready') {
      // The time begins when what came before was told: a busy server doesn't hide it.
      timer = setTimeout(() => end.abort(), run.within);
      onReady();
    }
    if (refusal) seen.refused += refusal.times;
    if (refusal && !run.refused && isProof(run, refusal)) {
      await write({ refusal });
      throw unexpected(`${describeExpectation(run)} came and was refused: ${refusal.refusal?.message ?? ''}`, run);
    }
    if (run.refused ? refusal === undefined : !action || !hasContent(action.content)) return;
    seen.came += refusal?.times ?? 1;
    await write(action ? { action } : { refusal: refusal as ArrivalView });
    if (run.none) throw unexpected(`${describeExpectation(run)} ${run.refused ? 'was refused' : 'came'}`, run);
    if (seen.came >= run.count) end.abort();
  };
  const { as, type, issuer, audience, subject, since } = run;
  const input = { as, type, issuer, audience, subject, since };
  try {
    const signal = AbortSignal.any([stop, end.signal]);
    await followDoor(home, { op: 'expectArrivals', input }, take, { stop: signal, hint: SERVE });
  } finally {
    clearTimeout(timer);
  }
  const isOver = end.signal.aborted;
  if (run.none && !isOver) throw notProven(run);
  if (!run.none && seen.came < run.count) throw tooLate(run, seen, isOver);
}

/** @throws CloudilloError `usage.value` */
function contentOf({ content, subject, refused }: ExpectationRun): (content: unknown) => boolean {
  if (refused && (content !== undefined || subject !== undefined)) {
    const flag = content === undefined ? '--subject' : '--content';
    const hint = `Of a refusal only type, issuer, inbox and reason are noted: leave ${flag} out`;
    throw usageError('usage.value', `${flag} can't be known of what is refused`, hint);
  }
  return content === undefined ? () => true : contentPattern(content);
}

/** Whether a refusal proves that it won't come: it is known to be this one, and no later attempt may bring it. */
function isProof({ content, none }: ExpectationRun, { outcome }: ArrivalView): boolean {
  return !none && content === undefined && outcome === 'refused';
}

/** `2 POST of bob.test with "hello*"` */
export function describeExpectation({ type, issuer, audience, subject, content, count }: ExpectationRun): string {
  return [
    count === 1 ? (type ?? 'an action') : `${count} ${type ?? 'actions'}`,
    ...(issuer === undefined ? [] : [`of ${issuer}`]),
    ...(audience === undefined ? [] : [`for ${audience}`]),
    ...(subject === undefined ? [] : [`about ${subject}`]),
    ...(content === undefined ? [] : [`with ${JSON.stringify(content)}`]),
  ].join(' ');
}

function unexpected(message: string, run: ExpectationRun): CloudilloError {
  const hint = run.none ? 'What came is shown above' : 'cloudillo inbox log --outcome refused';
  return new CloudilloError('check.expectation', message, { stage: 'response', hint });
}

function notProven(run: ExpectationRun): CloudilloError {
  const message = `${describeExpectation(run)} did not come, but the wait was stopped before ${run.within / 1000} s were over`;
  const hint = 'A shorter --within ends by itself';
  return new CloudilloError('wait.timeout', message, { stage: 'response', hint });
}

function tooLate(run: ExpectationRun, seen: { came: number; refused: number }, late: boolean): CloudilloError {
  const what = `${describeExpectation(run)} ${run.refused ? 'was not refused' : 'did not come'}`;
  const rest = run.count > 1 ? `: ${seen.came} did` : '';
  const within = late ? `within ${run.within / 1000} s` : 'before the stop';
  const hint =
    seen.refused > 0 && !run.refused
      ? 'Something was refused meanwhile, and may have been it: cloudillo inbox log --outcome refused'
      : 'Wait longer with --within, or count what came before with --since';
  const details = { expected: run.count, ...seen };
  return new CloudilloError('wait.timeout', `${what} ${within}${rest}`, { stage: 'response', hint, details });
}
