/** The output of `follow` and `unfollow`. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import { jsonText } from '../output/foreign-text.ts';
import type { FollowOutput } from '../schemas/follow.ts';
import { answerText } from './answer-text.ts';
import { type Field, fieldLines } from './fields.ts';
import { shownTime } from './shown-time.ts';

/** The result of a `follow` or `unfollow`. `now` in unix seconds. */
export function renderFollow(result: FollowOutput, verb: Verb, now: number, colors: ChalkInstance): string[] {
  const { delivery, history, actionId } = result;
  const fields: (Field | null)[] = [
    actionId === null ? null : ['action', actionId],
    delivery?.status == null ? null : ['answer', answerText(delivery, result.verified, now)],
    delivery?.nextAt == null ? null : ['next try', timeWithDistance(Math.round(delivery.nextAt / 1000), now)],
    history && history.stored > 0 ? ['history', `${history.stored} recent actions of ${result.peer} stored`] : null,
  ];
  if (result.outcome === 'dry-run') return renderDryRun(result, verb, colors);
  return [headline(result, verb, colors), ...fieldLines(fields)];
}

/** The name of the command. */
export type Verb = 'follow' | 'unfollow';

function headline({ as, peer, outcome, since }: FollowOutput, verb: Verb, colors: ChalkInstance): string {
  const done =
    verb === 'follow' ? `${as} follows ${colors.bold(peer)}` : `${as} no longer follows ${colors.bold(peer)}`;
  switch (outcome) {
    case 'accepted':
      return `${colors.green('✓')} ${done}`;
    case 'already':
      return verb === 'follow'
        ? `✓ ${done} already${since ? `, since ${shownTime(since)}` : ''}`
        : `✓ ${as} doesn't follow ${peer}`;
    case 'queued':
      return `${colors.yellow('… queued:')} ${done}; ${peer} doesn't know yet`;
    default:
      return verb === 'follow'
        ? `${colors.red('✗ refused:')} ${as} doesn't follow ${colors.bold(peer)}`
        : `${colors.yellow('! refused:')} ${done} here, but ${peer} refused it`;
  }
}

function renderDryRun({ token, claims, as, peer }: FollowOutput, verb: Verb, colors: ChalkInstance): string[] {
  const fields = Object.entries(claims ?? {}).map(([claim, value]): Field => {
    return [claim, typeof value === 'string' ? value : jsonText(value)];
  });
  return [
    colors.yellow(`${as} would ${verb} ${peer}; nothing was sent or stored`),
    ...fieldLines(fields),
    '',
    token ?? '',
  ];
}
