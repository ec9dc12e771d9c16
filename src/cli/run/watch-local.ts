/** Watches the actions of this home. */
import type { WatchSession } from '../../services/inspect/keep-watching.ts';
import { noServer, type WatchInput } from '../../services/reading/watch-actions.ts';
import type { WatchEvent } from '../../services/reading/watched-action.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { connectOwner } from '../../store/home/lock.ts';
import { askOwner } from '../home/door-client.ts';

/**
 * Watches through the door of the server that owns the home. It never takes the home itself: a starting server would find it
 * busy.
 */
function localSession(home: string, input: Omit<WatchInput, 'after'>): WatchSession {
  return async ({ after, onReady, onAction, signal }) => {
    const socket = await connectOwner(home);
    if (!socket) throw noServer();
    const onAbort = () => socket.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const request = after === null ? input : { ...input, since: undefined, after };
      const answer = await askOwner(socket, { op: 'watchActions', input: request }, async (event: WatchEvent) => {
        if (event.now !== undefined) onReady(event.now);
        if (event.action) await onAction(event.action);
      });
      // The server was just ending.
      if (!answer) throw noServer();
    } finally {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    }
  };
}

/** Opens a watch of this home. @throws CloudilloError `home.missing`, `home.foreign` … */
export async function openLocalWatch(home: string, input: Omit<WatchInput, 'after'>) {
  await openHomeDir(home);
  return { session: localSession(home, input), close: async () => {} };
}
