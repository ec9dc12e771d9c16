import { keyPassphrase } from './key-passphrase.ts';
import { usageError } from './output.ts';
import { readPrivateKey } from './private-key-file.ts';

/** What `keygen` is told in secret. */
export interface KeySecrets {
  passphrase?: string;
  /** The private key to take, PEM. */
  importPem?: string;
}

/** @throws CloudilloError `usage.value` when both are to come from stdin; `key.unreadable`, `key.passphrase` */
export async function keySecrets(flags: {
  import?: string | undefined;
  'passphrase-file'?: string | undefined;
}): Promise<KeySecrets> {
  const { import: source, 'passphrase-file': file } = flags;
  if (source === '-' && file === '-') {
    throw usageError('usage.value', '--import and --passphrase-file can’t both read stdin', 'Put one into a file');
  }
  const passphrase = await keyPassphrase(file);
  const importPem = source === undefined ? undefined : await readPrivateKey(source);
  return { ...(passphrase !== undefined && { passphrase }), ...(importPem !== undefined && { importPem }) };
}
