/** Adds identities and members to the state of a sandbox. */
import { isIP } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import {
  leadersOf,
  SANDBOX_ADDRESS,
  type SandboxIdentity,
  type SandboxMember,
  type SandboxState,
} from '../directory/state.ts';
import type { AddressRange } from '../network/address-range.ts';

/**
 * Reads `IDTAG=ADDRESS:PORT` (`--member`): a server that somebody else runs.
 * @throws CloudilloError `usage.member`, `usage.id-tag`
 */
export function parseMember(text: string): SandboxMember {
  const match = /^([^=]+)=(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = match?.[2] ?? match?.[3] ?? '';
  const port = Number(match?.[4]);
  if (!match?.[1] || isIP(address) !== (match[2] === undefined ? 4 : 6) || port < 1 || port > 65535) {
    throw new CloudilloError('usage.member', `"${text}" is not a member`, {
      stage: 'input',
      hint: 'Write IDTAG=ADDRESS:PORT with an IP address: carol.test=127.0.0.1:9443',
    });
  }
  return { idTag: parseIdTag(match[1]), address, port };
}

/**
 * The state with further identities and members. Existing ones stay; a member that is named again moves.
 * @param groups an idTag each, or several that share a home and a server, with commas between them
 * @throws CloudilloError `usage.member` when one name is to be both, or is to move to another home; `usage.id-tag`;
 *   `usage.missing` when there is none at all
 */
export function withMembers(
  state: SandboxState,
  groups: readonly string[],
  members: readonly SandboxMember[],
): SandboxState {
  const identities = groups.reduce(withGroup, state.identities);
  const moved = new Map([...state.members, ...members].map((member) => [member.idTag, member]));
  const both = identities.find(({ idTag }) => moved.has(idTag));
  if (both) {
    throw new CloudilloError(
      'usage.member',
      `${both.idTag} can't be an identity of this sandbox and a foreign member`,
      {
        stage: 'input',
        hint: 'Use another name for one of them, or a new directory (--dir).',
      },
    );
  }
  if (identities.length === 0 && moved.size === 0) {
    throw new CloudilloError('usage.missing', 'The sandbox has no identity yet', {
      stage: 'input',
      hint: 'Name some: cloudillo sandbox up alice.test bob.test',
    });
  }
  return { ...state, identities, members: [...moved.values()] };
}

/**
 * The state in which the DNS server and each server have an address of the range. Those that have one of their own keep it.
 * @throws CloudilloError `usage.value` when the range is too small
 */
export function withAddresses(state: SandboxState, range: AddressRange | undefined): SandboxState {
  if (!range) return state;
  const taken = new Set([...state.identities, ...state.members].flatMap(({ address }) => address ?? []));
  const take = () => {
    const address = range.take(taken);
    taken.add(address);
    return address;
  };
  const dns = state.dns.address === SANDBOX_ADDRESS ? { address: take(), port: 0 } : state.dns;
  taken.add(dns.address);
  const leaders = leadersOf(state).map((one) =>
    one.address === undefined ? { ...one, address: take(), port: 0 } : one,
  );
  const addresses = new Map(leaders.map(({ idTag, address }) => [idTag, address]));
  const identities = state.identities.map((one): SandboxIdentity => {
    const address = addresses.get(one.with ?? one.idTag);
    return { ...one, ...(address !== undefined && { address }), port: one.address === undefined ? 0 : one.port };
  });
  return { ...state, dns, identities };
}

/** Adds identities that share a server: that of the one that has one already, else that of the first. */
function withGroup(identities: readonly SandboxIdentity[], group: string): SandboxIdentity[] {
  const idTags = [...new Set(group.split(',').map(parseIdTag))];
  const known = identities.filter(({ idTag }) => idTags.includes(idTag));
  const homes = new Set(known.map((one) => one.with ?? one.idTag));
  if (homes.size > 1) {
    throw new CloudilloError('usage.member', `${idTags.join(' and ')} have homes of their own already`, {
      stage: 'input',
      hint: 'An identity stays in the home that was made for it: name them apart, or use a new directory (--dir).',
    });
  }
  const leader = homes.values().next().value ?? (idTags[0] as string);
  const placeOf = (name: string) => {
    const address = identities.find((one) => one.idTag === name)?.address;
    return address === undefined ? {} : { address };
  };
  const added = idTags.filter((idTag) => !known.some((one) => one.idTag === idTag));
  return [
    ...identities,
    ...added.map((idTag) => ({
      idTag,
      ...(idTag !== leader && { with: leader, ...placeOf(leader) }),
      port: 0,
      pid: null,
    })),
  ];
}
