import { isIP } from 'node:net';
import { isWithin, parentName } from '../../federation/dns/name.ts';
import type { HostTarget } from './host.ts';
import type { DnsVerdict } from './verdict.ts';

/** A record to add or to take out. Names are absolute A-labels without the final dot. */
export interface ZoneLine {
  name: string;
  type: 'A' | 'AAAA' | 'CNAME';
  /** Seconds. */
  ttl: number;
  data: string;
}

/** What has to change in the zone. `reason` says why nothing can be suggested when something should. */
export interface ZoneChange {
  /** The zone that host-relative lines are relative to. */
  zone: string;
  add: ZoneLine[];
  remove: ZoneLine[];
}

/** What a name has now and how that was judged. */
export interface NameState {
  name: string;
  verdict: DnsVerdict;
  chain: string[];
  addresses: string[];
}

/** An hour: short enough to correct a mistake the same day. */
const TTL = 3600;

/**
 * The records that make the names lead to `targets`. Addresses win over names: they work at a zone's apex too, where
 * a CNAME can't stand beside SOA and NS (RFC 1034 section 3.6.2); there `flattened` addresses are used instead.
 */
export function zoneChange(
  names: readonly NameState[],
  targets: readonly HostTarget[],
  options: { zone: string; flattened: readonly string[] },
): ZoneChange {
  const change: ZoneChange = { zone: options.zone, add: [], remove: [] };
  for (const state of names) {
    if (state.verdict !== 'nodns' && state.verdict !== 'address') continue;
    const wanted = wantedAt(state.name, targets, options);
    if (wanted.length === 0) continue;
    const present = presentAt(state);
    const same = (a: ZoneLine, b: ZoneLine) => a.type === b.type && a.data === b.data;
    change.add.push(...wanted.filter((line) => !present.some((other) => same(line, other))));
    change.remove.push(...present.filter((line) => !wanted.some((other) => same(line, other))));
  }
  return change;
}

function wantedAt(
  name: string,
  targets: readonly HostTarget[],
  { zone, flattened }: { zone: string; flattened: readonly string[] },
): ZoneLine[] {
  const literal = targets.filter(({ kind }) => kind === 'address').map(({ value }) => value);
  const host = targets.find(({ kind, value }) => kind === 'name' && value !== name);
  if (literal.length === 0 && host && name !== zone) return [{ name, type: 'CNAME', ttl: TTL, data: host.value }];
  const addresses = literal.length > 0 ? literal : flattened;
  return addresses.map((data) => ({ name, type: isIP(data) === 6 ? 'AAAA' : 'A', ttl: TTL, data }));
}

/** The records at the name itself: the alias when there is one, since nothing else can stand beside it. */
function presentAt({ name, chain, addresses }: NameState): ZoneLine[] {
  if (chain[0] !== undefined) return [{ name, type: 'CNAME', ttl: TTL, data: chain[0] }];
  return addresses.map((data) => ({ name, type: isIP(data) === 6 ? 'AAAA' : 'A', ttl: TTL, data }));
}

/**
 * The zone when nobody said it: the parent, since people mostly get a name below a domain of theirs; the name itself
 * where the parent is a top-level domain.
 */
export function defaultZone(name: string): string {
  const parent = parentName(name) ?? '';
  return parent.includes('.') ? parent : name;
}

/** As in a zone file (RFC 1035 section 5): absolute names, the columns aligned. */
export function zoneFileLines(lines: readonly ZoneLine[]): string[] {
  return columns(lines.map((line) => [`${line.name}.`, ...fields(line)]));
}

/** As in a provider's form: names relative to the zone, `@` for the zone itself, absolute where outside. */
export function hostLines(lines: readonly ZoneLine[], zone: string): string[] {
  const relative = (name: string) => {
    if (name === zone) return '@';
    return isWithin(name, zone) ? name.slice(0, -zone.length - 1) : `${name}.`;
  };
  return columns(lines.map((line) => [relative(line.name), ...fields(line)]));
}

function fields({ ttl, type, data }: ZoneLine): string[] {
  return [String(ttl), 'IN', type, type === 'CNAME' ? `${data}.` : data];
}

function columns(rows: string[][]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(width(i)) : cell)).join('  '));
}
