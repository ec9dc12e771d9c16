/** Access to other instances for commands without a store. */
import { createRequester, type Requester } from '../../federation/http/request.ts';
import { createAccessTokens } from '../../federation/peer/access-tokens.ts';
import { createPeerApi, type PeerApi } from '../../federation/peer/api.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Observer } from '../../protocol/observer.ts';
import { createSigner } from '../../services/keys/sign.ts';
import { actingTenant } from '../../services/runtime/acting-tenant.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { keyPassphrase } from '../input/key-passphrase.ts';
import { loadNetwork } from './load-network.ts';

/**
 * What a command needs that only sends requests to other instances. It opens no store, takes no lock, and reads a home only to sign
 * in.
 */
export interface PeerAccess {
  requester: Requester;
  api: PeerApi;
  /**
   * Calls `peer` with an access token for the identity `as`, or without one when `as` is undefined.
   * @throws CloudilloError `home.*`, `identity.missing`, `usage.id-tag`, `key.*`, and what the call throws
   */
  ask<T>(as: string | undefined, peer: string, call: (bearer?: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens the access. @param observer gets the spans of all requests @throws CloudilloError `usage.network` */
export async function openPeerAccess(home: string, settings: Settings, observer: Observer): Promise<PeerAccess> {
  const network = await loadNetwork(settings);
  const requester = createRequester({ network, timeout: settings.request.timeout, observer });
  const api = createPeerApi(requester);
  return {
    requester,
    api,
    ask: async (as, peer, call) => {
      if (as === undefined) return call().catch(refusedToGuest);
      await openHomeDir(home);
      const identities = createIdentities(home, { allowGroupReadable: settings.keys.groupReadable });
      const { idTag } = await actingTenant(identities, as);
      const { sign } = createSigner({ identities, clock: systemClock, passphrase: () => keyPassphrase(undefined) });
      return createAccessTokens({ api, sign, clock: systemClock, observer }).with(idTag, peer, call);
    },
    close: async () => requester.close(),
  };
}

/** Adds a hint to a refusal of a guest: an identity of the home may see more. Elsewhere nobody knows that the caller is a guest. */
function refusedToGuest(error: unknown): never {
  if (!(error instanceof CloudilloError) || error.code !== 'peer.refused' || error.details?.['status'] !== 403)
    throw error;
  const hint = 'A guest was refused: sign in there with --as IDTAG, as an identity that may see it';
  throw new CloudilloError(error.code, error.message, { stage: 'response', details: error.details, hint });
}
