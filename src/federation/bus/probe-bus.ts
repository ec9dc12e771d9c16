/** Asks whether the bus of an instance can be reached: the upgrade to WebSocket alone, as a guest. */
import type { Observer } from '../../protocol/observer.ts';
import type { Endpoint, Network } from '../http/network.ts';
import { talkOverBus } from './talk-over-bus.ts';

/** How to ask. */
export interface ProbeBusOptions {
  network: Network;
  /** Milliseconds, for the whole of it. */
  timeout: number;
  /** The endpoint to ask, where the host has several. */
  only?: Endpoint | undefined;
  /** Gets a span. */
  observer?: Observer | undefined;
}

/**
 * Opens the bus of an identity without a token, and closes it. The instance closes a guest's socket by itself, with 4401.
 * @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.refused`, `peer.error`: no upgrade
 */
export async function probeBus(idTag: string, options: ProbeBusOptions): Promise<void> {
  await talkOverBus(idTag, { ...options, send: [], frames: 0 });
}
