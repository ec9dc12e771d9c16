/** Follows what comes to the inbox of this home. */

import type { ArrivalView } from '../../services/reading/arrival-view.ts';
import { type ArrivalEvent, type ListArrivalsInput, SERVE_FIRST } from '../../services/reading/list-arrivals.ts';
import { followDoor } from './follow-door.ts';

/** Where the arrivals go, and when to end. */
export interface FollowArrivals {
  write: (arrival: ArrivalView) => Promise<void>;
  onReady: () => void;
  stop: AbortSignal;
}

/** Follows until `stop` aborts. It throws as {@link followDoor}. */
export function followArrivals(
  home: string,
  input: ListArrivalsInput,
  { write, onReady, stop }: FollowArrivals,
): Promise<void> {
  const take = async (event: ArrivalEvent) => {
    if (event.stage === 'ready') onReady();
    if (event.arrival) await write(event.arrival);
  };
  return followDoor(home, { op: 'followArrivals', input }, take, { stop, hint: SERVE_FIRST });
}
