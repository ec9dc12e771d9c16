/** All cases, in the order in which they run. */
import type { Case } from './case.ts';
import { ACCESS_CASES } from './cases/access.ts';
import { BUS_CASES } from './cases/bus.ts';
import { ENVELOPE_CASES } from './cases/envelope.ts';
import { FILE_CASES } from './cases/files.ts';
import { INBOX_CASES } from './cases/inbox.ts';
import { KEY_CASES } from './cases/keys.ts';
import { LIMIT_CASES } from './cases/limits.ts';
import { LIST_CASES } from './cases/lists.ts';
import { OWNER_CASES } from './cases/owner.ts';
import { PROFILE_CASES } from './cases/profile.ts';
import { REPEAT_CASES } from './cases/repeats.ts';
import { SIGNATURE_CASES } from './cases/signatures.ts';
import { TOKEN_CASES } from './cases/tokens.ts';
import { VISIBILITY_CASES } from './cases/visibility.ts';

/** The suite. Bad signatures come last: what follows a ban proves nothing. */
export const ALL_CASES: readonly Case[] = [
  ...PROFILE_CASES,
  ...ENVELOPE_CASES,
  ...TOKEN_CASES,
  ...KEY_CASES,
  ...ACCESS_CASES,
  ...INBOX_CASES,
  ...REPEAT_CASES,
  ...VISIBILITY_CASES,
  ...OWNER_CASES,
  ...FILE_CASES,
  // After what the owner posts: there is something to list then.
  ...LIST_CASES,
  ...LIMIT_CASES,
  ...BUS_CASES,
  ...SIGNATURE_CASES,
];
