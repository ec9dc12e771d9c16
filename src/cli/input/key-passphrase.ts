/** The passphrase of key files. */
import * as Flags from '@oclif/core/flags';
import { CloudilloError } from '../../protocol/errors.ts';
import { utf8Text } from '../../protocol/text-encoding.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import { inputBytes } from './read-input.ts';

/** `--passphrase-file FILE`. The passphrase itself is never an argument, because others could read it in the process list. */
export const passphraseFileFlag = Flags.string({
  description:
    'file with the passphrase of the key, - for stdin; or set CLOUDILLO_KEY_PASSPHRASE, or CLOUDILLO_KEY_PASSPHRASE_FILE',
  helpValue: 'FILE',
});

/**
 * The passphrase of key files: from the given file, else from the environment; undefined without either.
 * @throws CloudilloError `key.passphrase` when the file can't be read or is empty
 */
export async function keyPassphrase(
  file: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  if (file !== undefined) return readPassphraseFile(file);
  if (env['CLOUDILLO_KEY_PASSPHRASE']) return env['CLOUDILLO_KEY_PASSPHRASE'];
  const named = env['CLOUDILLO_KEY_PASSPHRASE_FILE'];
  return named ? readPassphraseFile(named) : undefined;
}

async function readPassphraseFile(file: string): Promise<string> {
  let text: string;
  try {
    text = utf8Text(await inputBytes(file));
  } catch (error) {
    throw new CloudilloError('key.passphrase', `Could not read the passphrase from ${file}: ${whyUnreadable(error)}`, {
      stage: 'key',
      hint: 'Name a file that you may read, with the passphrase on its first line; - for stdin',
    });
  }
  // The first line only: the line end of an editor or of echo isn't a part of it.
  const passphrase = text.split(/\r?\n/, 1)[0] ?? '';
  if (passphrase !== '') return passphrase;
  throw new CloudilloError('key.passphrase', `The passphrase in ${file === '-' ? 'stdin' : file} is empty`, {
    stage: 'key',
    hint: 'Write the passphrase on the first line',
  });
}
