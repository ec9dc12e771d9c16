import { isIP } from 'node:net';
import { CloudilloError } from '../protocol/errors.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import type { SandboxMember, SandboxState } from './state.ts';

/**
 * `IDTAG=ADDRESS:PORT` (`--member`): a server that somebody else runs.
 *
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
 * The state with further identities and members. What was there stays; a member that is named again moves.
 *
 * @throws CloudilloError `usage.member` when one name is to be both, `usage.missing` when there is none at all
 */
export function withMembers(
  state: SandboxState,
  idTags: readonly string[],
  members: readonly SandboxMember[],
): SandboxState {
  const known = new Set(state.identities.map(({ idTag }) => idTag));
  const added = [...new Set(idTags.map(parseIdTag))].filter((idTag) => !known.has(idTag));
  const identities = [...state.identities, ...added.map((idTag) => ({ idTag, port: 0, pid: null }))];
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
