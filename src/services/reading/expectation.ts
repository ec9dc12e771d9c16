/** What an expectation waits for, and whether an arrival is that. */
import { splitType } from '../../protocol/action-types.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { ArrivalView } from './arrival-view.ts';
import { knownType } from './list-actions.ts';
import type { WatchedAction } from './watched-action.ts';

/** The conditions. An arrival has to meet all that are given. */
export interface Expectation {
  /** With or without a subtype: `FLLW` is also `FLLW:DEL`. */
  type?: string | undefined;
  issuer?: string | undefined;
  audience?: string | undefined;
  subject?: string | undefined;
}

/** Makes a test for actions. @throws CloudilloError `usage.type`, `usage.id-tag` */
export function expectedAction(expectation: Expectation): (action: WatchedAction) => boolean {
  const { type, issuer, audience, subject } = canonical(expectation);
  return (action) =>
    action.direction === 'in' &&
    isOfType(action.type, type) &&
    (issuer === undefined || action.issuer === issuer) &&
    (audience === undefined || action.audience === audience) &&
    (subject === undefined || action.subject === subject);
}

/**
 * Makes a test for refused arrivals. What is noted of them has no audience: the identity at whose inbox it came stands for it. A
 * subject isn't noted, so that with one no refusal fits.
 * @throws CloudilloError `usage.type`, `usage.id-tag`
 */
export function expectedRefusal(
  expectation: Expectation,
): (arrival: Pick<ArrivalView, 'outcome' | 'type' | 'issuer' | 'tenant' | 'probe'>) => boolean {
  const { type, issuer, audience, subject } = canonical(expectation);
  return (arrival) =>
    subject === undefined &&
    !arrival.probe &&
    (arrival.outcome === 'refused' || arrival.outcome === 'rate-limited') &&
    isOfType(arrival.type, type) &&
    (issuer === undefined || arrival.issuer === issuer) &&
    (audience === undefined || arrival.tenant === audience);
}

function canonical({ type, issuer, audience, subject }: Expectation) {
  return {
    type: type === undefined ? undefined : knownType(type),
    issuer: issuer === undefined ? undefined : parseIdTag(issuer),
    audience: audience === undefined ? undefined : parseIdTag(audience),
    subject,
  };
}

function isOfType(text: string | null, wanted: ReturnType<typeof knownType> | undefined): boolean {
  if (wanted === undefined) return true;
  if (text === null) return false;
  const { type, subtype } = splitType(text);
  return wanted.type === type && (wanted.subtype ?? subtype) === subtype;
}
