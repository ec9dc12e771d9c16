/** Times in query strings. */
import { parseIso } from '../../protocol/iso-time.ts';
import { badRequest } from './request-error.ts';

/** Reads a time that its schema (`date`) accepted: unix seconds, a day, or RFC 3339. @returns unix milliseconds */
export function unixMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseIso(text);
  if (Number.isNaN(ms)) throw badRequest('Request validation failed: this is no date');
  return ms;
}

/** The same as {@link unixMs} in whole seconds. */
export function unixSeconds(text: string | undefined): number | undefined {
  const ms = unixMs(text);
  return ms === undefined ? undefined : Math.floor(ms / 1000);
}
