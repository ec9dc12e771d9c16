/** Tells an instance of the Internet from one of a sandbox. */
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { blockedRange } from './address-guard.ts';
import { sandboxEndpoint, type UsableNetwork } from './network.ts';

/** Whether requests to an identity leave for the Internet. The network file of a sandbox may lead there, too. */
export function isPublicTarget(network: UsableNetwork, idTag: string): boolean {
  if (network.kind === 'public') return true;
  const member = sandboxEndpoint(network, idTagToAscii(idTag));
  return member !== null && [member, ...(member.others ?? [])].some(({ address }) => blockedRange(address) === null);
}
