import { Flags } from '@oclif/core';
import { usageError } from './output.ts';

const ISO_WITH_ZONE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?$/;

/**
 * A point in time as typed → unix seconds. ISO 8601 with its zone, a bare date (UTC), or unix seconds.
 * @throws CloudilloError `usage.time`; a time without a zone too, since it would mean another moment on another machine
 */
function parseTime(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const milliseconds = ISO_WITH_ZONE.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return Math.floor(milliseconds / 1000);
  throw usageError(
    'usage.time',
    `"${text}" is not a point in time`,
    'Write it like 2026-01-31T12:00:00Z, 2026-01-31 or 1769860800 (unix seconds)',
  );
}

/** A flag that takes a point in time and gives unix seconds. */
export const timeFlag = Flags.custom<number>({ parse: async (input) => parseTime(input), helpValue: 'TIME' });
