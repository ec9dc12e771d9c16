/** Follows what comes to the inbox of this home. */

import type { ArrivalView } from '../../services/reading/arrival-view.ts';
import { type ArrivalEvent, type ListArrivalsInput, SERVE_FIRST } from '../../services/reading/list-arrivals.ts';
import { noServer } from '../../services/reading/watch-actions.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { connectOwner } from '../../store/home/lock.ts';
import { askOwner } from '../home/door-client.ts';

/** Where the arrivals go, and when to end. */
export interface FollowArrivals {
  write: (arrival: ArrivalView) => Promise<void>;
  onReady: () => void;
  stop: AbortSignal;
}

/**
 * Follows through the door of the server that owns the home. It never takes the home itself: a starting server would find it busy.
 * @throws CloudilloError `home.no-server`, `home.owner-lost` when the server ended; `home.missing`, `home.foreign` …
 */
export async function followArrivals(
  home: string,
  input: ListArrivalsInput,
  { write, onReady, stop }: FollowArrivals,
): Promise<void> {
  await openHomeDir(home);
  const socket = await connectOwner(home);
  if (!socket) throw noServer(SERVE_FIRST);
  const onAbort = () => socket.destroy();
  stop.addEventListener('abort', onAbort, { once: true });
  try {
    const answer = await askOwner(socket, { op: 'followArrivals', input }, async (event: ArrivalEvent) => {
      if (event.stage === 'ready') onReady();
      if (event.arrival) await write(event.arrival);
    });
    if (!answer && !stop.aborted) throw noServer(SERVE_FIRST);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}
