/** The output of `actions`. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import { jsonText } from '../output/foreign-text.ts';
import { withHome } from '../output/pasteable-hint.ts';
import type { ActionOutput, ShownActionOutput } from '../schemas/actions.ts';
import { counted } from './counted.ts';
import { type Field, fieldLines } from './fields.ts';
import { shownTime } from './shown-time.ts';
import { table } from './table.ts';

const CONTENT_SHOWN = 40;

/** A page of the list. */
export function renderActions(actions: readonly ActionOutput[]): string[] {
  return table(
    actions.map((action) => [
      shownTime(action.createdAt),
      action.direction === 'in' ? '←' : '→',
      action.type,
      action.current ? action.status : `${action.status} (replaced)`,
      parties(action),
      action.actionId,
      contentText(action.content, CONTENT_SHOWN),
    ]),
  );
}

/** The note on damaged records, which may have held further actions. */
export function lostRecords(records: number, home: string): string {
  const are = records === 1 ? 'is damaged; what it held' : 'are damaged; what they held';
  return withHome(
    `${counted(records, 'record')} of the journal ${are} may be missing here: cloudillo store check`,
    home,
  );
}

/** One action in detail. `now` in unix seconds. */
export function renderAction(
  { action, deliveries, idTag }: ShownActionOutput,
  now: number,
  colors: ChalkInstance,
): string[] {
  const when = (iso: string) => timeWithDistance(Date.parse(iso) / 1000, now);
  const text = (name: string, value: string | null): Field | null => (value === null ? null : [name, value]);
  return [
    `${colors.bold(action.type)}  ${parties(action)}`,
    ...fieldLines([
      ['action', action.actionId],
      ['in the store of', `${idTag}, ${action.direction === 'in' ? 'received' : 'sent'}`],
      ['status', `${STATUS[action.status]}${action.current ? '' : '; replaced by a later one'}`],
      text('visibility', action.visibility),
      ['created', when(action.createdAt)],
      ['received', when(action.receivedAt)],
      action.expiresAt === null ? null : ['expires', when(action.expiresAt)],
      text('parent', action.parent),
      text('subject', action.subject),
      action.content === null ? null : ['content', contentText(action.content, 2000)],
      action.attachments.length === 0 ? null : ['attachments', action.attachments.join(', ')],
      text('flags', action.flags),
      action.token === undefined ? null : ['token', action.token],
    ]),
    ...deliveries.map(({ to, state, attempts, error }) => {
      const why = error ? `: ${error.code} ${error.message}` : '';
      return `  to ${to}: ${state} after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${why}`;
    }),
  ];
}

const STATUS: Record<ActionOutput['status'], string> = {
  A: 'A active',
  C: 'C awaiting confirmation',
  N: 'N notification',
  D: 'D deleted or rejected',
  R: 'R draft',
  S: 'S scheduled',
};

function parties({ issuer, audience }: Pick<ActionOutput, 'issuer' | 'audience'>): string {
  return audience === null ? issuer : `${issuer} → ${audience}`;
}

function contentText(content: unknown, limit: number): string {
  if (content === null || content === undefined) return '';
  if (typeof content !== 'string') return jsonText(content, limit);
  const text = content;
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
