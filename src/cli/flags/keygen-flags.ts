/** The flags of `keygen`. */
import * as Flags from '@oclif/core/flags';
import { passphraseFileFlag } from '../input/key-passphrase.ts';
import { usageError } from '../output/output.ts';
import { asFlag, durationFlag, parseDuration } from './flags.ts';

/** Flags that choose what `keygen` does. At most one may be given. */
const MODES = ['revoke', 'rotate', 'out', 'stdout'];
const others = (mode: string) => MODES.filter((other) => other !== mode);

/** The default of `--expire-old`, milliseconds. */
export const OLD_KEYS_SIGN_FOR = 7 * 86_400_000;

/** `--form`: the form of a public key. */
export const keyFormFlag = Flags.option({
  options: ['wire', 'pem', 'jwk'] as const,
  description: 'form of the public key [default: wire]',
});

/** The flags of `keygen`. */
export const keygenFlags = {
  as: asFlag,
  rotate: Flags.boolean({ description: 'add a key that signs from now on', exclusive: others('rotate') }),
  'expire-old': durationFlag({
    description: 'with --rotate: how long the earlier keys may still sign [default: 7d]',
    dependsOn: ['rotate'],
    // A short time would be a mistake: a key that has expired can't be restored.
    parse: async (input) => {
      if (/^\d+(\.\d+)?$/.test(input) && Number(input) > 0) {
        throw usageError('usage.duration', `"${input}" has no unit`, `Write ${input}d for days, ${input}s for seconds`);
      }
      return parseDuration(input);
    },
  }),
  revoke: Flags.string({
    description: 'remove this key from the profile at once, for a stolen key',
    helpValue: 'KEYID',
    exclusive: others('revoke'),
  }),
  force: Flags.boolean({
    description: 'with --revoke: also when no other key can sign',
    dependsOn: ['revoke'],
  }),
  import: Flags.string({
    description: 'import this private key (PEM or DER) instead of making one; - for stdin',
    helpValue: 'FILE',
    exclusive: ['revoke'],
  }),
  'key-id': Flags.string({
    description: 'the ID of the key [default: the date]',
    helpValue: 'KEYID',
    exclusive: ['revoke', 'out', 'stdout'],
  }),
  out: Flags.string({
    char: 'o',
    description: 'write the private key to this new file (mode 0600), for no identity',
    helpValue: 'FILE',
    exclusive: [...others('out'), 'as'],
  }),
  stdout: Flags.boolean({
    description: 'write the private key to stdout, and nothing else',
    exclusive: [...others('stdout'), 'as'],
  }),
  form: keyFormFlag(),
  'passphrase-file': passphraseFileFlag,
};
