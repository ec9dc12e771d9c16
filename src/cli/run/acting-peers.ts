/** The peers that a run acts as: members of the sandbox that it plays, and an identity of the home. */
import type { UsableNetwork } from '../../federation/http/network.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import { startPeers } from '../../sandbox/peers/start-peers.ts';
import { withGrowingTimes } from '../../services/conformance/growing-times.ts';
import type { ActingPeer } from '../../services/conformance/target.ts';
import { createSigner } from '../../services/keys/sign.ts';
import { actingTenant } from '../../services/runtime/acting-tenant.ts';
import type { UnsignedClaims } from '../../services/runtime/signer.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import { openHomeDir } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { keyPassphrase } from '../input/key-passphrase.ts';
import { usageError } from '../output/output.ts';

/** Who is to act. */
export interface ActingOrder {
  home: string;
  settings: Settings;
  /** An identity of the home. Its server has to show its profile to the instance. */
  as: string | undefined;
  /** Members of the sandbox that this run plays. */
  peers: readonly string[];
}

/** Peers while they act. */
export interface ActingPeers {
  /** Those of the run's own first. */
  peers: ActingPeer[];
  close(): Promise<void>;
}

/** Starts them. @throws CloudilloError `usage.member`, `home.*`, `key.*`, `network.port-in-use`, `store.*` */
export async function actingPeers(network: UsableNetwork, order: ActingOrder): Promise<ActingPeers> {
  const ofHome = await homePeer(order);
  const started = await playMembers(network, order);
  return {
    peers: [...started, ...ofHome],
    close: async () => void (await Promise.all(started.map((peer) => peer.close()))),
  };
}

async function playMembers(network: UsableNetwork, { peers, settings }: ActingOrder) {
  if (peers.length === 0) return [];
  if (network.kind !== 'sandbox' || !settings.network) {
    const hint = 'Give --network, or use --as with an identity of this home';
    throw usageError('usage.member', 'Peers of its own need a sandbox', hint);
  }
  const idTags = peers.map(parseIdTag);
  return startPeers({ network, networkFile: settings.network, idTags, now: systemClock.wall });
}

async function homePeer({ home, settings, as }: ActingOrder): Promise<ActingPeer[]> {
  if (as === undefined) return [];
  await openHomeDir(home);
  const identities = createIdentities(home, { allowGroupReadable: settings.keys.groupReadable });
  const { idTag } = await actingTenant(identities, as);
  const { sign } = createSigner({ identities, clock: systemClock, passphrase: () => keyPassphrase(undefined) });
  const growing = withGrowingTimes(idTag, systemClock.wall, (claims) => sign(idTag, claims as UnsignedClaims));
  return [{ idTag, sign: growing, own: null }];
}
