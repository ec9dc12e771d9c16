/** The output of `identity list`. */
import type { HostedIdentityOutput } from '../schemas/identity-list.ts';
import { counted } from './counted.ts';
import { shownTime } from './shown-time.ts';
import { table } from './table.ts';

/** One line for each identity. */
export function renderIdentities(identities: readonly HostedIdentityOutput[]): string[] {
  return table(
    identities.map(({ idTag, type, createdAt, keys, name }) => [
      idTag,
      type,
      `created ${shownTime(createdAt)}`,
      keysText(keys),
      name,
    ]),
  );
}

/** The signing key, and how many others there are. */
function keysText(keys: HostedIdentityOutput['keys']): string {
  const signing = keys.find(({ state }) => state === 'signing');
  const others = keys.length - (signing ? 1 : 0);
  const first = signing ? `key ${signing.keyId} signs` : 'no key that signs';
  return others === 0 ? first : `${first}, ${counted(others, 'other key')}`;
}
