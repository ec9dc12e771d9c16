import { type AccessTokens, createAccessTokens } from '../federation/access-tokens.ts';
import { createPeerApi, type PeerApi } from '../federation/api.ts';
import { createRequester, type Requester } from '../federation/request.ts';
import { ownIdentity } from '../services/own-identity.ts';
import { createSigner } from '../services/sign.ts';
import { openHomeDir } from '../store/home.ts';
import { createIdentities } from '../store/identities.ts';
import type { Settings } from '../store/settings.ts';
import { loadNetwork } from './compose.ts';
import { keyPassphrase } from './key-passphrase.ts';

/** An identity of the home, with the way to get access tokens of others for it. */
export interface SignedIn {
  idTag: string;
  accessTokens: AccessTokens;
}

/** What a command needs that only asks other instances: no store, no lock, and no home unless it signs in. */
export interface Peer {
  requester: Requester;
  api: PeerApi;
  /** Signs in as `--as` says; undefined: as a guest. @throws CloudilloError `home.*`, `identity.missing`, `usage.id-tag` */
  signIn(as: string | undefined): Promise<SignedIn | undefined>;
  close(): Promise<void>;
}

/** @throws CloudilloError `usage.network` */
export async function openPeer(home: string, settings: Settings): Promise<Peer> {
  const network = await loadNetwork(settings);
  const requester = createRequester({ network, timeout: settings.request.timeout });
  const api = createPeerApi(requester);
  return {
    requester,
    api,
    signIn: async (as) => {
      if (as === undefined) return undefined;
      await openHomeDir(home);
      const identities = createIdentities(home);
      const { idTag } = await ownIdentity(identities, as);
      const signer = createSigner({ identities, clock: Date.now, passphrase: () => keyPassphrase(undefined) });
      return { idTag, accessTokens: createAccessTokens({ api, sign: signer.sign, clock: Date.now }) };
    },
    close: async () => requester.close(),
  };
}
