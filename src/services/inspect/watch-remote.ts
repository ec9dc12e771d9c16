import type { BusClient, BusConnection } from '../../federation/bus/bus-client.ts';
import type { ListActions } from '../../federation/peer/list-api.ts';
import { arrivalOf, type WatchedAction, watchedView } from '../reading/watched-action.ts';
import type { SessionInput, WatchSession } from './keep-watching.ts';

export interface RemoteWatch {
  bus: BusClient;
  list: ListActions;
  /** Calls with an access token; drops it and calls once more with another when it is refused. */
  signedIn: <T>(call: (bearer: string) => Promise<T>) => Promise<T>;
  /** Whose instance. */
  idTag: string;
  /** First what was created later than this. Unix seconds. */
  since?: number | undefined;
}

/**
 * A delivery is retried for 3 days (specification: Delivery): so much older than its arrival an action may be, and the list knows
 * ages only. Seconds.
 */
const OLDEST_DELIVERY = 3 * 86_400;
/** The other side's times are in whole seconds, and two of its clocks' readings may be turned round. Milliseconds. */
const MARGIN = 2_000;
const PAGE = 100;
/** Frames that wait to be shown before the socket is left unread. */
const MAX_WAITING = 1_000;

/**
 * Watches the bus of another instance. It listens first and lists what was missed afterwards, so that nothing falls in
 * between; what comes meanwhile waits.
 */
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
      // What changed its status comes as a frame too, and isn't new.
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

/** What arrived meanwhile, in the order of arrival, and the other side's clock. */
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
  // The list is newest first; equal arrivals keep the order of their creation.
  missed.reverse().sort((a, b) => arrivalOf(a) - arrivalOf(b) || 0);
  return { missed, now: now ?? Date.now() };
}

/** Frames between the socket and whoever shows them. Iterating ends with the connection, when all is shown. */
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
