/** The output of commands that send or decide about actions. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import { jsonText } from '../output/foreign-text.ts';
import type { ActOutput } from '../schemas/act.ts';
import { answerText } from './answer-text.ts';
import { type Field, fieldLines } from './fields.ts';

/** The most deliveries that are listed one by one. */
const NAMED = 10;

/** The result of sending or deciding. `now` in unix seconds. */
export function renderAct(result: ActOutput, now: number, colors: ChalkInstance): string[] {
  if (result.outcome === 'dry-run') return renderDryRun(result, colors);
  const { actionId, about, history, sent, deliveries } = result;
  const single = deliveries.length === 1 ? deliveries[0] : undefined;
  const fields: (Field | null)[] = [
    about ? ['about', `${about.type} of ${about.issuer}, now ${about.status}  ${about.actionId}`] : null,
    actionId === null ? null : ['action', actionId],
    sent.recipients > 1 ? ['sent', countsText(sent)] : null,
    single?.status == null ? null : ['answer', answerText(single, result.verified, now)],
    single?.nextAt == null ? null : ['next try', timeWithDistance(Math.round(single.nextAt / 1000), now)],
    ...(deliveries.length > 1 ? failedOf(result) : []),
    history && history.stored > 0 ? ['history', `${history.stored} recent actions stored`] : null,
  ];
  return [headline(result, colors), ...fieldLines(fields)];
}

function headline(result: ActOutput, colors: ChalkInstance): string {
  const { outcome } = result;
  const what = sentence(result);
  switch (outcome) {
    case 'accepted':
    case 'stored':
      return `${colors.green('✓')} ${what}`;
    case 'already':
      return `✓ ${already(result)}`;
    case 'sending':
      return `${colors.green('✓')} ${what}; the running server delivers it`;
    case 'queued':
      return `${colors.yellow('… queued:')} ${what}; ${unknowing(result)} yet`;
    default:
      return `${colors.red('✗ refused:')} ${what}`;
  }
}

function unknowing({ deliveries: [one, another] }: ActOutput): string {
  return one && !another ? `${one.to} doesn't know` : 'not everybody knows';
}

/** A sentence on what happened here, whatever peers answer. */
function sentence({ as, type, claims, relation, about, sent }: ActOutput): string {
  if (type === null)
    return `${as}: ${about?.type ?? 'action'} of ${about?.issuer ?? as} is ${WORDS[about?.status ?? ''] ?? about?.status}`;
  if (relation && type.startsWith('CONN')) {
    if (type === 'CONN:DEL') return `${as} is not connected with ${relation.peer}`;
    return relation.connected ? `${as} is connected with ${relation.peer}` : `${as} asks ${relation.peer} to connect`;
  }
  const aud = typeof claims?.['aud'] === 'string' && claims['aud'] !== as ? ` to ${claims['aud']}` : '';
  const crowd = sent.recipients > 1 ? `, ${sent.recipients} deliveries` : '';
  return `${as} sent ${type}${aud}${crowd}`;
}

const WORDS: Readonly<Record<string, string>> = { A: 'active', D: 'out of sight', N: 'a notification', C: 'waiting' };

function already({ as, relation, about, type }: ActOutput): string {
  if (about) return `${about.type} of ${about.issuer} is ${WORDS[about.status] ?? about.status} already`;
  if (!relation) return 'nothing to do';
  if (relation.connected) return `${as} is connected with ${relation.peer} already`;
  return type === 'CONN'
    ? `${as} has asked ${relation.peer} to connect; the answer isn't there yet`
    : `${as} is not connected with ${relation.peer}`;
}

function countsText({ recipients, delivered, queued, refused, left }: ActOutput['sent']): string {
  const parts = [
    delivered > 0 ? `${delivered} of ${recipients} took it` : '',
    queued > 0 ? `${queued} queued` : '',
    refused > 0 ? `${refused} refused` : '',
    left > 0 ? `${left} left to the running server` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

function failedOf({ deliveries }: ActOutput): Field[] {
  const failed = deliveries.filter(({ state }) => state !== 'delivered');
  return failed.slice(0, NAMED).map(({ state, to, error }) => {
    return [state, `${to}${error ? `  ${error.code}: ${error.message}` : ''}`];
  });
}

function renderDryRun({ as, type, claims, token, sent, about }: ActOutput, colors: ChalkInstance): string[] {
  const to = sent.recipients > 0 ? `, for ${sent.recipients} ${sent.recipients === 1 ? 'peer' : 'peers'}` : '';
  const what = type === null ? `change ${about?.type ?? 'it'} of ${about?.issuer ?? as} here only` : `say ${type}${to}`;
  const fields = Object.entries(claims ?? {}).map(([claim, value]): Field => {
    return [claim, typeof value === 'string' ? value : jsonText(value)];
  });
  const lines = [colors.yellow(`${as} would ${what}; nothing was sent or stored`), ...fieldLines(fields)];
  return token === null ? lines : [...lines, '', token];
}
