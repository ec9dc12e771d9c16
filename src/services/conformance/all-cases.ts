/** All cases, in the order in which they run. */
import type { Case } from './case.ts';
import { ACCESS_CASES } from './cases/access.ts';
import { BLOCK_CASES } from './cases/blocks.ts';
import { BUS_CASES } from './cases/bus.ts';
import { CONNECT_CASES } from './cases/connect.ts';
import { CONVERSATION_CASES } from './cases/conversations.ts';
import { DELIVERY_CASES } from './cases/delivery.ts';
import { ENVELOPE_CASES } from './cases/envelope.ts';
import { FILE_CASES } from './cases/files.ts';
import { HOST_CASES } from './cases/hosts.ts';
import { INBOX_CASES } from './cases/inbox.ts';
import { KEY_CASES } from './cases/keys.ts';
import { LIMIT_CASES } from './cases/limits.ts';
import { LIST_CASES } from './cases/lists.ts';
import { OWNER_CASES } from './cases/owner.ts';
import { PENALTY_CASES } from './cases/penalties.ts';
import { PICTURE_CASES } from './cases/pictures.ts';
import { PRESENCE_CASES } from './cases/presence.ts';
import { PROFILE_CASES } from './cases/profile.ts';
import { READER_CASES } from './cases/readers.ts';
import { REPEAT_CASES } from './cases/repeats.ts';
import { REPOST_CASES } from './cases/reposts.ts';
import { SHARE_CASES } from './cases/shares.ts';
import { SIGNATURE_CASES } from './cases/signatures.ts';
import { TOKEN_CASES } from './cases/tokens.ts';
import { VISIBILITY_CASES } from './cases/visibility.ts';
import { WALL_CASES } from './cases/walls.ts';

/** The suite. Bad signatures and penalties come last: what follows a ban proves nothing. */
export const ALL_CASES: readonly Case[] = [
  ...PROFILE_CASES,
  ...HOST_CASES,
  ...ENVELOPE_CASES,
  ...TOKEN_CASES,
  ...KEY_CASES,
  ...ACCESS_CASES,
  ...INBOX_CASES,
  ...REPEAT_CASES,
  ...VISIBILITY_CASES,
  ...READER_CASES,
  ...DELIVERY_CASES,
  ...OWNER_CASES,
  ...CONNECT_CASES,
  ...WALL_CASES,
  ...CONVERSATION_CASES,
  ...PRESENCE_CASES,
  ...REPOST_CASES,
  ...BLOCK_CASES,
  ...FILE_CASES,
  ...PICTURE_CASES,
  ...SHARE_CASES,
  // After what the owner posts: there is something to list then.
  ...LIST_CASES,
  ...LIMIT_CASES,
  ...BUS_CASES,
  ...SIGNATURE_CASES,
  ...PENALTY_CASES,
];
