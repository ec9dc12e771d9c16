/** The output of `explain`. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import type { CodePage, StoryOutput } from '../schemas/explain.ts';
import type { ArrivalOutput } from '../schemas/inbox-log.ts';
import { byteText } from './bytes.ts';
import { counted } from './counted.ts';
import { type Field, fieldLines } from './fields.ts';
import { shownSecond } from './shown-time.ts';

/** The story of an arrival or an action. `now` in unix seconds. */
export function renderStory(story: StoryOutput, now: number, colors: ChalkInstance): string[] {
  const { arrival, next, earlier } = story;
  return [
    ...(arrival ? arrivalLines(arrival, story, now, colors) : actionLines(story, colors)),
    ...deliveryLines(story),
    ...(earlier.length > 0 ? ['', 'Earlier:'] : []),
    ...earlier.map(
      ({ at, outcome, refusal }) => `  ${shownSecond(at)}  ${outcome}${refusal ? `: ${refusal.code}` : ''}`,
    ),
    ...(next === null ? [] : ['', `→ ${next}`]),
  ];
}

/** The page of an error code. */
export function renderCode(
  { code, means, exit, queued, status, wire, blame, retryable, next }: CodePage,
  colors: ChalkInstance,
): string[] {
  return [
    `${colors.bold(code)}  ${means}`,
    ...fieldLines([
      ['exit code', exit === queued ? String(exit) : `${exit}; ${queued} while an action waits because of it`],
      ['HTTP', `${status} ${wire}`],
      ['at fault', BLAMED[blame]],
      ['try again', retryable ? 'yes: the same call may succeed later' : 'no: the same call fails again'],
    ]),
    '',
    `→ ${next}`,
  ];
}

const BLAMED: Record<CodePage['blame'], string> = {
  sender: 'whoever sent the request or the token',
  us: 'this instance',
  peer: 'the instance of the peer',
  network: 'the network between',
  user: 'whoever typed the command',
};

function arrivalLines(arrival: ArrivalOutput, story: StoryOutput, now: number, colors: ChalkInstance): string[] {
  const { at, ms, refusal, stages, deleted } = arrival;
  const fields: (Field | null)[] = [
    arrival.actionId === null ? null : ['action', arrival.actionId],
    ['came', `${timeWithDistance(Date.parse(at) / 1000, now)}, ${ORIGINS[arrival.origin]}${sizeText(arrival)}`],
    arrival.requestId === null ? null : ['request', arrival.requestId],
    arrival.address === null ? null : ['from', arrival.address],
    keyField(arrival, now),
    arrival.rule === null ? null : ['allowed', RULES[arrival.rule] ?? arrival.rule],
    ...changeFields(arrival),
    storedField(story),
    answerField(arrival, ms),
    refusal && ['why', `${refusal.code}: ${refusal.message}`],
    refusal && ['at fault', BLAMED[refusal.blame]],
    refusal?.retryAt ? ['again', timeWithDistance(Date.parse(refusal.retryAt) / 1000, now)] : null,
    deleted ? ['since', 'deleted: nothing else is kept'] : null,
  ];
  const steps = stages.map(({ stage, ms }, index) => {
    const ended = index === stages.length - 1 && refusal !== null;
    const text = ended ? whyText(arrival) : checkText(stage, arrival);
    return `  ${ended ? colors.red('✗') : colors.green('✓')} ${stage.padEnd(10)}  ${text}${colors.dim(`  ${ms} ms`)}`;
  });
  return [headline(arrival, colors), ...fieldLines(fields), ...(steps.length > 0 ? ['', ...steps] : [])];
}

function headline(arrival: ArrivalOutput, colors: ChalkInstance): string {
  const { outcome, type, issuer, tenant, verified, times } = arrival;
  const from =
    issuer === null ? '' : ` ${verified || outcome === 'repeated' ? 'from' : 'that says it is from'} ${issuer}`;
  const what = `${type ?? (arrival.probe ? 'A probe' : 'A request')}${from}${tenant === null ? '' : ` to ${tenant}`}`;
  const many = times > 1 ? `, ${times} times` : '';
  const isBad = outcome === 'refused' || outcome === 'rate-limited';
  return `${(isBad ? colors.red : colors.green)(outcome)}${many}: ${what}`;
}

const ORIGINS: Record<ArrivalOutput['origin'], string> = {
  inbox: 'POST /api/inbox',
  sync: 'POST /api/inbox/sync',
  related: 'along with another token',
  parked: 'from parking',
  access: 'GET /api/auth/access-token',
  connection: 'a connection',
};

const RULES: Record<string, string> = {
  anybody: 'anybody may send this type',
  own: 'the identity issued it itself',
  brought: 'an accepted action brought it',
  following: 'the identity follows the issuer',
  connected: 'both are connected',
  'deletes-own': 'an issuer may delete its own actions',
  'public-subject': 'it is about a public action of the identity',
  conversation: 'both are in the conversation',
};

function sizeText({ bytes }: ArrivalOutput): string {
  return bytes === null ? '' : `, ${byteText(bytes)}`;
}

function keyField({ key, verified, issuer, refusal }: ArrivalOutput, now: number): Field | null {
  if (key === null) return null;
  const fetched = key.fetchedAt === null ? '' : `, fetched ${timeWithDistance(Date.parse(key.fetchedAt) / 1000, now)}`;
  const source = key.source === 'cache' ? `known before${fetched}` : 'fetched for this token';
  if (refusal?.code === 'token.key-unknown') return ['key', `${key.keyId}: the profile of ${issuer} has no such key`];
  const isWrong = !verified && refusal?.code === 'token.signature';
  return ['key', `${key.keyId} of ${issuer}, ${source}${isWrong ? '; it does not verify the token' : ''}`];
}

function changeFields({ change }: ArrivalOutput): (Field | null)[] {
  if (change === null) return [];
  const { status, visibility, relation, ended, answers } = change;
  const names = relation === null ? [] : Object.entries(relation).flatMap(([name, is]) => (is ? [name] : []));
  return [
    status === null ? null : ['stored as', `${status}${visibility === null ? '' : `, visibility ${visibility}`}`],
    relation && ['relation', names.join(', ') || 'none'],
    ended.length === 0 ? null : ['ended', ended.join(', ')],
    ...answers.map(
      ({ actionId, type, recipients }): Field => ['signed', `${type} to ${counted(recipients, 'peer')}  ${actionId}`],
    ),
  ];
}

function storedField({ stored, arrival }: StoryOutput): Field | null {
  if (stored === null || stored.status === arrival?.change?.status) return null;
  return ['now', `status ${stored.status}`];
}

function answerField({ answer }: ArrivalOutput, ms: number): Field | null {
  if (answer === null) return null;
  return ['answered', `${answer.status}${answer.code === null ? '' : ` ${answer.code}`} after ${ms} ms`];
}

function whyText({ refusal }: ArrivalOutput): string {
  const { check, step } = refusal ?? {};
  return [check ?? 'failed', step].filter(Boolean).join(', ');
}

/** The checks are made in two stages. */
function checkText(stage: string, { checks: { passed, failed } }: ArrivalOutput): string {
  if (stage !== 'signature' || passed.length === 0) return '';
  return `${counted(passed.length, 'check')} passed${failed.length > 0 ? `, ${failed.length} failed` : ''}`;
}

function actionLines({ stored }: StoryOutput, colors: ChalkInstance): string[] {
  if (stored === null) return [];
  const { tenant, actionId, type, issuer, direction, status, visibility } = stored;
  const came = direction === 'out' ? 'made here' : 'received; its arrival is not in the log any longer';
  return [
    `${colors.bold(type)} of ${issuer}: ${came}`,
    ...fieldLines([
      ['action', actionId],
      ['in the store of', tenant],
      ['status', status],
      visibility === null ? null : ['visibility', visibility],
    ]),
  ];
}

/** The peer's ID of the request, which its operator looks up. */
function requestLines(to: string, requestId: unknown): string[] {
  return typeof requestId === 'string' ? [`    request ${requestId} at ${to}`] : [];
}

function deliveryLines({ deliveries }: StoryOutput): string[] {
  if (deliveries.length === 0) return [];
  return [
    '',
    'Sent on:',
    ...deliveries.flatMap(({ type, to, state, attempts, changedAt, error, answer }) => [
      `  ${type ?? '?'} to ${to}: ${state}, ${counted(attempts, 'attempt')}, last ${shownSecond(changedAt)}`,
      ...requestLines(to, answer?.requestId ?? error?.details?.['requestId']),
      ...(answer?.parkedUntil
        ? [
            `    accepted, parked there until ${shownSecond(answer.parkedUntil)}: ${to} couldn't fetch the key that verifies it`,
          ]
        : []),
      ...(error ? [`    ${error.code}: ${error.message}`, ...(error.hint ? [`    → ${error.hint}`] : [])] : []),
    ]),
  ];
}
