/** Flags that take a point in time. */
import * as Flags from '@oclif/core/flags';
import { parseIso } from '../../protocol/iso-time.ts';
import { usageError } from '../output/output.ts';
import { parseDuration } from './flags.ts';

const ISO_WITH_ZONE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?$/;

/** `2026` and `20260131` are years and days to whoever types them, not seconds in 1970. */
const YEAR_OR_DAY = /^(?:19|20)\d{2}(?:[01]\d[0-3]\d)?$/;

/**
 * Reads a point in time → unix seconds: ISO 8601 with a zone, a date (UTC), unix seconds, or a duration with a unit, as a
 * distance from now.
 * @param direction of the distance: 1 is the future, -1 the past
 * @param now unix milliseconds
 * @throws CloudilloError `usage.time`, also for a time without a zone: it would be another moment on another machine
 */
export function parseTime(text: string, direction: 1 | -1, now: number): number {
  if (/^\d{1,12}$/.test(text) && !YEAR_OR_DAY.test(text)) return Number(text);
  if (/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text))
    return Math.floor((now + direction * parseDuration(text)) / 1000);
  const milliseconds = ISO_WITH_ZONE.test(text) ? parseIso(text) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return Math.floor(milliseconds / 1000);
  throw usageError(
    'usage.time',
    `"${text}" is not a point in time`,
    `Write it like 2026-01-31T12:00:00Z, 2026-01-31, 1769860800 (unix seconds), or 90m (${direction < 0 ? 'ago' : 'from now'})`,
  );
}

/** A flag that takes a point in time, or how long ago it was, and gives unix seconds. */
export const timeFlag = Flags.custom<number>({
  parse: async (input) => parseTime(input, -1, Date.now()),
  helpValue: 'TIME',
});

/** A flag that takes a point in time, or how far ahead it is, and gives unix seconds. */
export const futureTimeFlag = Flags.custom<number>({
  parse: async (input) => parseTime(input, 1, Date.now()),
  helpValue: 'TIME',
});
