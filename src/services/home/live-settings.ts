/** The settings that a running server follows, and how its copy of them changes. */
import type { SettingName, Settings } from '../../store/settings/setting-definitions.ts';

/** Settings that are read at each use. The others are read once, when a server starts. */
const LIVE: ReadonlySet<SettingName> = new Set([
  'followers',
  'connectionMode',
  'autoApprove',
  'defaultVisibility',
  'tls.directory',
  'files.maxBytes',
]);

export function isLive(name: SettingName): boolean {
  return LIVE.has(name);
}

/** The value that the server uses. */
export function settingOf(settings: Settings, name: SettingName): unknown {
  const { owner, member } = placeOf(settings, name);
  return owner[member];
}

/** Changes the server's copy; the next reader gets the new value. */
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
