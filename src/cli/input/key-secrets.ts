/** The secret inputs of `keygen`. */
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { importPrivateKey } from '../../protocol/keys.ts';
import { usageError } from '../output/output.ts';
import { keyPassphrase } from './key-passphrase.ts';
import { exposure, readPrivateKey } from './private-key-file.ts';

/** The secret inputs of `keygen`. */
export interface KeySecrets {
  passphrase?: string;
  /** The private key to import, PEM. */
  importPem?: string;
}

/**
 * Reads the secret inputs.
 * @param warn called when others can read the imported key
 * @throws CloudilloError `usage.value` when both are to come from stdin; `key.unreadable`, `key.passphrase`, `key.malformed`,
 *   `key.curve`
 */
export async function keySecrets(
  flags: { import?: string | undefined; 'passphrase-file'?: string | undefined },
  warn: (text: string) => void,
): Promise<KeySecrets> {
  const { import: source, 'passphrase-file': file } = flags;
  if (source === '-' && file === '-') {
    throw usageError('usage.value', '--import and --passphrase-file can’t both read stdin', 'Put one into a file');
  }
  const passphrase = await keyPassphrase(file);
  const secrets: KeySecrets = passphrase === undefined ? {} : { passphrase };
  if (source === undefined) return secrets;
  const importPem = await readPrivateKey(source);
  assertKey(importPem, passphrase, source === '-' ? 'stdin' : source);
  const exposed = source === '-' ? null : await exposure(source);
  if (exposed) warn(`! ${exposed}`);
  return { ...secrets, importPem };
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  'key.passphrase': 'Give its passphrase with --passphrase-file',
  'key.curve': 'The network accepts P-384 keys only: let a new key take over with "cloudillo keygen --rotate"',
};

/** Checks the key now, because a later error couldn't name its file. */
function assertKey(pem: string, passphrase: string | undefined, name: string): void {
  try {
    importPrivateKey(pem, passphrase);
  } catch (cause) {
    if (!(cause instanceof CloudilloError)) throw cause;
    const hint = HINTS[cause.code] ?? cause.hint;
    throw new CloudilloError(cause.code, `${name}: ${cause.message}`, {
      stage: 'key',
      ...(hint !== undefined && { hint }),
      cause: cause.cause,
    });
  }
}
