import { readFileSync } from 'node:fs';

/** A token of `tokens.json` and `tokens-groups.json`. */
export interface RecordedToken {
  token: string;
  actionId: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  signature: 'valid' | 'invalid' | 'unknown-key' | 'wrong-alg';
}

export interface RecordedTokens {
  keys: { idTag: string; keyId: string; publicKey: string }[];
  tokens: RecordedToken[];
}

export interface RecordedExchange {
  name: string;
  request: { method: string; url: string; body?: unknown };
  response: { status: number; headers: Record<string, string>; json?: unknown; text?: string };
}

export interface RecordedExchanges {
  exchanges: RecordedExchange[];
  received: { method: string; url: string; body?: string; status: number }[];
}

/** Reads a file of `test/vectors/`. */
export function recorded<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as T;
}
