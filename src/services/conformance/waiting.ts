/** Waiting for what an instance does by itself. */
import { parseJsonObject } from '../../protocol/json-object.ts';
import { decodeTokenOrNull } from '../../protocol/token.ts';
import type { ActingPeer, OwnPeer, Target } from './target.ts';

/** How long a case waits for a delivery, milliseconds. */
export const WAIT_MS = 20_000;
const POLL_MS = 100;

/** A token that the instance sent to the inbox of a peer. */
export interface Delivered {
  token: string;
  claims: Record<string, unknown>;
  /** The tokens that came along. */
  related: unknown[];
}

/** Looks until there is something. @returns null when the time is over */
export async function eventually<T>(
  { now, pause }: Pick<Target, 'now' | 'pause'>,
  look: () => T | null | Promise<T | null>,
): Promise<T | null> {
  const endsAt = now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== null || now() > endsAt) return found;
    await pause(POLL_MS);
  }
}

/** All that the instance sent to the inbox of a peer. */
export function deliveredTo({ own }: ActingPeer & { own: OwnPeer }): Delivered[] {
  const posts = own.received.filter(({ path }) => path.startsWith('/api/inbox'));
  return posts.flatMap(({ body }) => {
    const { token, related } = parseJsonObject(body) ?? {};
    if (typeof token !== 'string') return [];
    const claims = decodeTokenOrNull(token)?.claims ?? {};
    return [{ token, claims, related: Array.isArray(related) ? related : [] }];
  });
}

/** Waits for a delivery to a peer. @returns null when none came in time */
export function awaitDelivery(
  target: Pick<Target, 'now' | 'pause'>,
  peer: ActingPeer & { own: OwnPeer },
  matches: (delivered: Delivered) => boolean,
): Promise<Delivered | null> {
  return eventually(target, () => deliveredTo(peer).find(matches) ?? null);
}
