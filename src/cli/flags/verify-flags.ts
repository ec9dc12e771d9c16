/** The flags of `verify-token`. */
import * as Flags from '@oclif/core/flags';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { VerifyInput } from '../../services/keys/verify-token.ts';
import { durationFlag, networkFlags, timeoutFlag } from './flags.ts';
import { reportFlag } from './report-flag.ts';
import { timeFlag } from './time-flag.ts';

/** The flags of `verify-token`. */
export const verifyFlags = {
  file: Flags.string({ description: 'read the token or tokens from this file', helpValue: 'FILE' }),
  key: Flags.string({
    description: 'verify with this public key: PEM, JWK, wire form or a saved profile; no network; may be repeated',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
    exclusive: ['offline'],
  }),
  offline: Flags.boolean({ description: "only this home's identities and key cache; no network" }),
  audience: Flags.string({
    description: 'the identity at whose inbox the token arrived',
    helpValue: 'IDTAG',
    parse: async (input) => parseIdTag(input),
  }),
  at: timeFlag({ description: 'verify as of this time: ISO 8601, unix seconds, or an age such as 2h' }),
  leeway: durationFlag({ description: 'clock difference forgiven for exp [default: 60s]' }),
  strict: Flags.boolean({
    description: 'fail what no careful issuer signs: unknown claims, an iat of 0 or in the future',
    exclusive: ['inspect'],
  }),
  inspect: Flags.boolean({ description: 'only decode: no key, no checks, no verdict', exclusive: ['report'] }),
  batch: Flags.boolean({ description: 'write one line for each token, also for a single one' }),
  ...reportFlag,
  ...networkFlags,
  timeout: timeoutFlag,
};

/** The time and the recipient from the flags. It is called for each token, because a batch from a live pipe may run for days. */
export function verifyContext(flags: {
  audience?: string | undefined;
  at?: number | undefined;
  leeway?: number | undefined;
  strict?: boolean | undefined;
}): Omit<VerifyInput, 'token'> {
  const now = flags.at ?? Math.floor(Date.now() / 1000);
  const leeway = flags.leeway === undefined ? undefined : flags.leeway / 1000;
  return { now, recipient: flags.audience, leeway, strict: flags.strict };
}
