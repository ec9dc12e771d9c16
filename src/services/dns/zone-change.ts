/** The changes of a zone that a check suggests. */
import { isIP } from 'node:net';
import { isWithin, parentName } from '../../federation/dns/name.ts';
import type { HostTarget } from './host.ts';
import type { DnsVerdict } from './verdict.ts';

/** A record to add or to remove. Names are absolute A-labels without the final dot. */
export interface ZoneLine {
  name: string;
  type: 'A' | 'AAAA' | 'CNAME';
  /** Seconds. */
  ttl: number;
  data: string;
}

/** The changes of a zone. `reason` says why a needed change can't be suggested. */
export interface ZoneChange {
  /** The zone that host-relative lines are relative to. */
  zone: string;
  add: ZoneLine[];
  remove: ZoneLine[];
}

/** The current records of a name, and the verdict on it. */
export interface NameState {
  name: string;
  verdict: DnsVerdict;
  chain: string[];
  addresses: string[];
}

/** An hour: short enough to correct a mistake the same day. */
const TTL = 3600;

/**
 * The records that make the names lead to `targets`. Addresses come before names, because a CNAME can't stand at a
 * zone's apex beside SOA and NS (RFC 1034, section 3.6.2). There the `flattened` addresses are used.
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

/** The records at the name itself. A CNAME stands alone. */
function presentAt({ name, chain, addresses }: NameState): ZoneLine[] {
  if (chain[0] !== undefined) return [{ name, type: 'CNAME', ttl: TTL, data: chain[0] }];
  return addresses.map((data) => ({ name, type: isIP(data) === 6 ? 'AAAA' : 'A', ttl: TTL, data }));
}

/**
 * The default zone: the parent, because most names are below a domain of their owner; the name itself where the parent
 * is a top-level domain.
 */
export function defaultZone(name: string): string {
  const parent = parentName(name) ?? '';
  return parent.includes('.') ? parent : name;
}

/** Lines of a zone file (RFC 1035, section 5): absolute names, aligned columns. */
export function zoneFileLines(lines: readonly ZoneLine[]): string[] {
  return columns(lines.map((line) => [`${line.name}.`, ...fields(line)]));
}

/** Lines for a provider's form: names relative to the zone, `@` for the zone itself, absolute names outside of it. */
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
