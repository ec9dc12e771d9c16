import { Flags } from '@oclif/core';
import { attachFlag } from './attach-flag.ts';
import { followFlags } from './follow-flags.ts';
import { requestFlags } from './request-flags.ts';
import { signFlags } from './sign-flags.ts';

const REQUEST = 'A REQUEST';

/** The flags of `post`: of a publication, and of a request that is made by hand. */
export const postFlags = {
  ...followFlags,
  file: Flags.string({ description: 'the text is in this file', helpValue: 'FILE' }),
  attach: attachFlag,
  visibility: signFlags.visibility,
  flags: signFlags.flags,
  on: Flags.string({ description: 'on whose wall [default: for the own followers]', helpValue: 'IDTAG' }),
  data: Flags.string({
    char: 'd',
    description: 'send this body instead: JSON, @FILE, or - for standard input',
    helpValue: 'JSON',
    helpGroup: REQUEST,
    exclusive: ['file', 'attach', 'visibility', 'flags', 'on', 'sync', 'dry-run'],
  }),
  'content-type': Flags.string({
    description: 'type of the body [default: application/json]',
    helpValue: 'TYPE',
    helpGroup: REQUEST,
    dependsOn: ['data'],
  }),
  raw: Flags.boolean({
    description: "send the body as it is, also when it isn't JSON",
    helpGroup: REQUEST,
    dependsOn: ['data'],
  }),
  include: Flags.boolean({ ...requestFlags.include, helpGroup: REQUEST, dependsOn: ['data'] }),
  header: Flags.string({
    char: 'H',
    description: '"Name: value"; may be repeated',
    helpValue: 'HEADER',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: REQUEST,
    dependsOn: ['data'],
  }),
  'bearer-file': Flags.string({
    description: 'file with an access token, - for standard input',
    helpValue: 'FILE',
    exclusive: ['as'],
    helpGroup: REQUEST,
    dependsOn: ['data'],
  }),
};
