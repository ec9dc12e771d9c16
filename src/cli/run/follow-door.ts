/** Follows an operation without an end through the door of the server that owns the home. */
import { CloudilloError } from '../../protocol/errors.ts';
import { noServer } from '../../services/reading/watch-actions.ts';
import type { StageEvent } from '../../services/runtime/deps.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { connectOwner } from '../../store/home/lock.ts';
import { askOwner } from '../home/door-client.ts';

/**
 * Follows until `stop` aborts. It never takes the home itself: a starting server would find it busy.
 * @param emit gets the events; what it throws ends the following
 * @param hint the next step where no server serves the home
 * @throws CloudilloError `home.no-server`, `home.owner-lost` when the server ended; `home.missing`, `home.foreign` …
 */
export async function followDoor<E extends StageEvent>(
  home: string,
  request: { op: string; input: unknown },
  emit: (event: E) => unknown,
  { stop, hint }: { stop: AbortSignal; hint: string },
): Promise<void> {
  await openHomeDir(home);
  const socket = await connectOwner(home);
  if (!socket) {
    if (stop.aborted) return;
    throw noServer(hint);
  }
  const onAbort = () => socket.destroy();
  stop.addEventListener('abort', onAbort, { once: true });
  if (stop.aborted) onAbort();
  try {
    const answer = await askOwner(socket, request, (event) => emit(event as E));
    if (!stop.aborted) throw answer ? stopped() : noServer(hint);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

/** The operation has no end of its own: its answer says that the server stops in order. */
function stopped(): CloudilloError {
  return new CloudilloError('home.owner-lost', 'The server of this home stopped', {
    stage: 'server',
    hint: 'Start it again with "cloudillo serve", then run the command again',
  });
}
