/** API keys in `--json`. */
import { isoTime } from '../../protocol/iso-time.ts';
import type { ApiKeyView } from '../../services/auth/api-keys.ts';
import type { ApiKeyOutput } from '../schemas/api-key-list.ts';

/** An API key for `--json`: all fields, times in ISO 8601. */
export function shownApiKey({ keyId, keyPrefix, name, scopes, ...times }: Readonly<ApiKeyView>): ApiKeyOutput {
  const time = (seconds: number | undefined) => (seconds === undefined ? null : isoTime(seconds));
  return {
    keyId,
    keyPrefix,
    name: name ?? null,
    scope: scopes ?? null,
    createdAt: isoTime(times.createdAt),
    expiresAt: time(times.expiresAt),
    lastUsedAt: time(times.lastUsedAt),
  };
}
