/** The flags of `sign-token`, and the claims that they make. */
import * as Flags from '@oclif/core/flags';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { UnsignedClaims } from '../../services/runtime/signer.ts';
import { passphraseFileFlag } from '../input/key-passphrase.ts';
import { contentOf } from './content-flags.ts';
import { asFlag } from './flags.ts';
import { futureTimeFlag } from './time-flag.ts';

/** The flags of `sign-token`. */
export const signFlags = {
  type: Flags.string({ required: true, description: 'FLLW, POST:TEXT, PROXY, …', helpValue: 'TYPE' }),
  audience: Flags.string({
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
  expires: futureTimeFlag({
    description: 'when it ends: ISO 8601, unix seconds, or a time from now such as 90d [default for PROXY: 60s]',
  }),
  check: Flags.boolean({ description: 'refuse claims that a receiver would refuse', default: true, allowNo: true }),
  as: asFlag,
  'passphrase-file': passphraseFileFlag,
};

/** The flags that become claims. */
export interface SignOptions {
  type: string;
  audience?: string | undefined;
  sub?: string | undefined;
  parent?: string | undefined;
  content?: string | undefined;
  'content-json'?: string | undefined;
  attach?: string[] | undefined;
  visibility?: string | undefined;
  flags?: string | undefined;
  /** Unix seconds. */
  expires?: number | undefined;
}

/** The lifetime of a PROXY token, seconds. */
const PROXY_LIFETIME = 60;

/**
 * Makes claims from the flags.
 * @param now unix seconds
 * @throws CloudilloError `usage.content`, `usage.file`
 */
export async function claimsFromFlags(options: SignOptions, now: number): Promise<UnsignedClaims> {
  const content = await contentOf(options);
  const { type, audience, sub, parent, attach, visibility, flags } = options;
  const exp = options.expires ?? (type === 'PROXY' ? now + PROXY_LIFETIME : undefined);
  const claims = {
    t: type,
    aud: audience,
    sub,
    p: parent,
    c: content,
    a: attach,
    f: flags,
    v: visibility,
    iat: now,
    exp,
  };
  const given = Object.entries(claims).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as UnsignedClaims;
}
