/** The settings that a running server follows. */
import type { SettingName, Settings } from '../../store/settings/setting-definitions.ts';

/** Settings that are read at each use. The others are read once, at the start of a server. */
const LIVE: ReadonlySet<SettingName> = new Set([
  'followers',
  'connectionMode',
  'autoApprove',
  'defaultVisibility',
  'tls.directory',
  'acme.agree',
  'acme.email',
  'acme.ca',
  'acme.dnsHook',
  'acme.eabKid',
  'acme.eabKey',
  'delivery.keepEnded',
  'files.maxBytes',
  'limits.issuerActions',
  'limits.issuerBytes',
  'limits.strangerActions',
  'limits.strangerBytes',
  'limits.minFree',
]);

/** Whether a running server follows changes of the setting. */
export function isLive(name: SettingName): boolean {
  return LIVE.has(name);
}

/** The value that the server uses now. */
export function settingOf(settings: Settings, name: SettingName): unknown {
  const { owner, member } = placeOf(settings, name);
  return owner[member];
}

/** Changes the value that the server uses. */
export function applySetting(settings: Settings, name: SettingName, value: unknown): void {
  const { owner, member } = placeOf(settings, name);
  owner[member] = value;
}

function placeOf(settings: Settings, name: SettingName): { owner: Record<string, unknown>; member: string } {
  const all = settings as unknown as Record<string, unknown>;
  const [group, member] = name.split('.') as [string, string?];
  if (member === undefined) return { owner: all, member: group };
  return { owner: all[group] as Record<string, unknown>, member };
}
