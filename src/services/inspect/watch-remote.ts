/** Watches the actions of another instance. */
import type { BusClient, BusConnection } from '../../federation/bus/bus-client.ts';
import type { ListActions } from '../../federation/peer/list-api.ts';
import { arrivalOf, type WatchedAction, watchedView } from '../reading/watched-action.ts';
import type { SessionInput, WatchSession } from './keep-watching.ts';

/** The instance to watch, and the access to it. */
export interface RemoteWatch {
  bus: BusClient;
  list: ListActions;
  /** Calls with an access token. When it is refused, calls once more with a new one. */
  signedIn: <T>(call: (bearer: string) => Promise<T>) => Promise<T>;
  /** The identity whose instance is watched. */
  idTag: string;
  /** Begin with what was created later than this, unix seconds. */
  since?: number | undefined;
}

/**
 * How much older than its arrival an action can be: deliveries are retried for 3 days (specification: Delivery), and
 * the list filters by creation. Seconds.
 */
const OLDEST_DELIVERY = 3 * 86_400;
/** The peer's times are whole seconds, and two of them may be out of order. Milliseconds. */
const MARGIN = 2_000;
const PAGE = 100;
/** The most unread frames before the socket is paused. */
const MAX_WAITING = 1_000;

/** Watches the bus of another instance. It listens first and then lists what was missed, so that there is no gap. */
export function remoteSession(watch: RemoteWatch): WatchSession {
  return async ({ after, onReady, onAction, signal }: SessionInput) => {
    const frames = createQueue();
    const { connection, bearer } = await watch.signedIn(async (bearer) => {
      const onFrame = ({ cmd, data }: { cmd: string; data: unknown }) => {
        const action = cmd === 'ACTION' ? watchedView(data, watch.idTag) : null;
        if (action) frames.push(action);
      };
      return { connection: await watch.bus.connect(watch.idTag, { bearer, onFrame, signal }), bearer };
    });
    frames.attach(connection);
    try {
      const { missed, now } = await missedSince(watch, { after, bearer, signal });
      onReady(now);
      for (const action of missed) await onAction(action);
      // A change of status comes as a frame, too; it is not new.
      const newest = (after ?? now) - MARGIN;
      for await (const action of frames) if (arrivalOf(action) >= newest) await onAction(action);
      await connection.ended;
    } finally {
      connection.close();
    }
  };
}

interface Since {
  after: number | null;
  bearer: string;
  signal: AbortSignal;
}

/** The actions that arrived meanwhile, in the order of arrival, and the peer's clock. */
async function missedSince(watch: RemoteWatch, { after, bearer, signal }: Since) {
  const from = after === null ? watch.since : Math.floor(after / 1000) - OLDEST_DELIVERY;
  const missed: WatchedAction[] = [];
  let now: number | null = null;
  let cursor: string | null = null;
  do {
    const page = await watch.list(watch.idTag, {
      bearer,
      signal,
      createdAfter: from,
      limit: from === undefined ? 1 : PAGE,
      cursor: cursor ?? undefined,
    });
    now ??= page.time;
    for (const view of from === undefined ? [] : page.views) {
      const action = watchedView(view, watch.idTag);
      if (action && (after === null || arrivalOf(action) >= after - MARGIN)) missed.push(action);
    }
    cursor = from === undefined ? null : page.nextCursor;
  } while (cursor !== null);
  // The list is newest first. Equal times keep the order of creation.
  missed.reverse().sort((a, b) => arrivalOf(a) - arrivalOf(b) || 0);
  return { missed, now: now ?? Date.now() };
}

/** A queue of frames. Its iteration ends with the connection, after the last frame. */
function createQueue() {
  const waiting: WatchedAction[] = [];
  let connection: BusConnection | undefined;
  let ended = false;
  let wake = () => {};
  return {
    push(action: WatchedAction): void {
      waiting.push(action);
      if (waiting.length === MAX_WAITING) connection?.pause();
      wake();
    },
    attach(made: BusConnection): void {
      connection = made;
      const onEnd = () => {
        ended = true;
        wake();
      };
      made.ended.then(onEnd, onEnd);
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<WatchedAction, void> {
      for (;;) {
        const action = waiting.shift();
        if (action) {
          if (waiting.length === MAX_WAITING >> 1) connection?.resume();
          yield action;
        } else if (ended) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
