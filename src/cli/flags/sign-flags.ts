import { Flags } from '@oclif/core';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { UnsignedClaims } from '../../services/runtime/signer.ts';
import { passphraseFileFlag } from '../input/key-passphrase.ts';
import { contentOf } from './content-flags.ts';
import { asFlag, durationFlag } from './flags.ts';

/** The flags of `sign-token`. */
export const signFlags = {
  type: Flags.string({ required: true, description: 'FLLW, POST:TEXT, PROXY, …', helpValue: 'TYPE' }),
  aud: Flags.string({
    description: 'audience',
    helpValue: 'IDTAG',
    parse: async (input) => parseIdTag(input),
  }),
  sub: Flags.string({ description: 'subject: an action ID or @IDTAG', helpValue: 'ACTIONID|@IDTAG' }),
  parent: Flags.string({ description: 'the action that this one answers', helpValue: 'ACTIONID' }),
  content: Flags.string({
    description: 'content as text; @FILE, or - for standard input',
    helpValue: 'TEXT',
    exclusive: ['content-json'],
  }),
  'content-json': Flags.string({
    description: 'content as JSON; @FILE, or - for standard input',
    helpValue: 'JSON',
  }),
  attach: Flags.string({
    description: 'attached file; may be repeated',
    helpValue: 'FILEID',
    multiple: true,
    multipleNonGreedy: true,
  }),
  visibility: Flags.string({ description: 'who may read it', options: ['P', 'V', '2', 'F', 'C', 'S', 'D'] }),
  flags: Flags.string({
    description: 'R, C, O enable reactions, comments, joining; small letters disable',
    helpValue: 'LETTERS',
  }),
  exp: durationFlag({ description: 'expires after this long [default for PROXY: 60s]' }),
  check: Flags.boolean({ description: 'refuse what a receiver would refuse', default: true, allowNo: true }),
  as: asFlag,
  'passphrase-file': passphraseFileFlag,
};

/** What the flags say, as far as it becomes claims. */
export interface SignOptions {
  type: string;
  aud?: string | undefined;
  sub?: string | undefined;
  parent?: string | undefined;
  content?: string | undefined;
  'content-json'?: string | undefined;
  attach?: string[] | undefined;
  visibility?: string | undefined;
  flags?: string | undefined;
  /** Milliseconds. */
  exp?: number | undefined;
}

const PROXY_LIFETIME_MS = 60_000;

/**
 * Flags → claims.
 * @param now unix seconds
 * @throws CloudilloError `usage.content`, `usage.file`
 */
export async function claimsFromFlags(options: SignOptions, now: number): Promise<UnsignedClaims> {
  const content = await contentOf(options);
  const { type, aud, sub, parent, attach, visibility, flags } = options;
  const lifetime = options.exp ?? (type === 'PROXY' ? PROXY_LIFETIME_MS : undefined);
  const claims = { t: type, aud, sub, p: parent, c: content, a: attach, f: flags, v: visibility, iat: now };
  const given = Object.entries(claims).filter(([, value]) => value !== undefined);
  const exp = lifetime === undefined ? {} : { exp: now + Math.round(lifetime / 1000) };
  return { ...(Object.fromEntries(given) as UnsignedClaims), ...exp };
}
