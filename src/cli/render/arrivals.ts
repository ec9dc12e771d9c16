/** The output of `inbox log`. */
import type { ChalkInstance } from 'chalk';
import type { ArrivalOutput } from '../schemas/inbox-log.ts';
import { shownSecond } from './shown-time.ts';
import { table } from './table.ts';

const HEAD = ['TIME', 'OUTCOME', 'TYPE', 'ISSUER', 'AT', 'WHY', 'FROM', 'ACTION OR REQUEST'];

/** A row an arrival. A column `AT` says which identity it was for, when there are several. */
export function renderArrivals(arrivals: readonly ArrivalOutput[], colors: ChalkInstance): string[] {
  const several = new Set(arrivals.map(({ tenant }) => tenant)).size > 1;
  const rows = arrivals.map((arrival) => cells(arrival, several));
  const [head = '', ...lines] = table([HEAD.filter((name) => several || name !== 'AT'), ...rows]);
  return [colors.dim(head), ...lines];
}

/** One arrival as it comes. The columns are as wide as they usually have to be. */
export function renderArrival(arrival: ArrivalOutput): string {
  const [time = '', outcome = '', type = '', ...rest] = cells(arrival, true);
  return [time, outcome.padEnd(12), type.padEnd(9), ...rest].join('  ');
}

/** Only what a stranger can't fill with anything is without a mark: `?` stands before a name that isn't proven. */
function cells(arrival: ArrivalOutput, several: boolean): string[] {
  const { at, outcome, times, type, tenant, address, actionId, requestId, deleted } = arrival;
  return [
    shownSecond(at),
    times > 1 ? `${outcome} ×${times}` : outcome,
    type ?? '-',
    issuerText(arrival),
    ...(several ? [tenant ?? '-'] : []),
    deleted ? 'deleted since' : whyText(arrival),
    address ?? '-',
    actionId ?? requestId ?? '-',
  ];
}

function issuerText({ issuer, verified, outcome }: ArrivalOutput): string {
  if (issuer === null) return '-';
  return verified || outcome === 'repeated' ? issuer : `?${issuer}`;
}

function whyText({ refusal, probe }: ArrivalOutput): string {
  if (probe) return 'probe, no action';
  if (refusal === null) return '-';
  return refusal.check === null ? refusal.code : `${refusal.code} (${refusal.check})`;
}
