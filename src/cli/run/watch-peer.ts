/** Watches the actions of another instance. */
import { createBusClient } from '../../federation/bus/bus-client.ts';
import { createListActions } from '../../federation/peer/list-api.ts';
import type { Observer } from '../../protocol/observer.ts';
import type { WatchSession } from '../../services/inspect/keep-watching.ts';
import { remoteSession } from '../../services/inspect/watch-remote.ts';
import { actingTenant } from '../../services/runtime/acting-tenant.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { loadNetwork } from '../home/load-network.ts';
import { openPeerAccess } from '../home/open-peer-access.ts';

/** The instance to watch, and as whom. */
export interface WatchedPeer {
  idTag: string;
  as: string | undefined;
  since: number | undefined;
  observer: Observer;
}

/** The instance to watch, and the options. */
export interface PeerWatch {
  session: WatchSession;
  close(): Promise<void>;
}

/**
 * Watches another instance, signed in as a tenant: the bus is for signed-in callers only.
 * @throws CloudilloError `home.*`, `usage.as`, `usage.network`
 */
export async function watchPeer(
  home: string,
  settings: Settings,
  { idTag, as, since, observer }: WatchedPeer,
): Promise<PeerWatch> {
  await openHomeDir(home);
  const identities = createIdentities(home, { allowGroupReadable: settings.keys.groupReadable });
  const { idTag: me } = await actingTenant(identities, as);
  const peer = await openPeerAccess(home, settings, observer);
  const bus = createBusClient({
    network: await loadNetwork(settings),
    timeout: settings.request.timeout,
    observer,
  });
  return {
    session: remoteSession({
      bus,
      list: createListActions(peer.requester),
      signedIn: (call) => peer.ask(me, idTag, (bearer) => call(bearer ?? '')),
      idTag,
      since,
    }),
    close: async () => {
      bus.close();
      await peer.close();
    },
  };
}
