/** The output of `watch`. */

import { jsonText } from '../output/foreign-text.ts';
import { padColumns } from '../output/text-width.ts';
import type { WatchOutput } from '../schemas/watch.ts';
import { shownSecond } from './shown-time.ts';

/** Columns have a fixed width: the next rows aren't known yet. */
const TYPE_WIDTH = 10;
const PARTIES_WIDTH = 36;
const CONTENT_SHOWN = 40;

/** One action on one line. */
export function renderWatched({ createdAt, receivedAt, direction, type, status, ...action }: WatchOutput): string {
  const { issuer, audience, actionId, content } = action;
  const parties = audience === null ? issuer : `${issuer} → ${audience}`;
  return [
    shownSecond(receivedAt ?? createdAt),
    direction === 'in' ? '←' : '→',
    padColumns(type, TYPE_WIDTH),
    status ?? '-',
    padColumns(parties, PARTIES_WIDTH),
    actionId,
    contentText(content),
  ]
    .join('  ')
    .trimEnd();
}

function contentText(content: unknown): string {
  if (content === null || content === undefined) return '';
  if (typeof content !== 'string') return jsonText(content, CONTENT_SHOWN);
  const text = content;
  return text.length > CONTENT_SHOWN ? `${text.slice(0, CONTENT_SHOWN)}…` : text;
}
