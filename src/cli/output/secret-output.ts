/** The output of secrets. */
import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { usageError } from './output.ts';
import { saveOutput } from './output-file.ts';

/** The flags of commands whose result is a secret. It goes to stdout alone, or to a file that only its owner can read. */
export const secretOutputFlags = {
  out: Flags.string({
    char: 'o',
    description: 'write it to this file, mode 0600, instead of to stdout',
    helpValue: 'FILE',
  }),
  force: Flags.boolean({ description: 'with --out: replace an existing file', dependsOn: ['out'] }),
};

/** Refuses a secret in JSON, which ends up in logs. @throws CloudilloError `usage.value` */
export function assertSecretOutput(json: boolean, out: string | undefined, what: string): void {
  if (json && out === undefined) {
    throw usageError('usage.value', `${what} is never JSON`, 'Leave out --json, or use --out FILE');
  }
}

/**
 * Makes a secret and writes it to a file. The file is opened first, so that no secret is made and lost.
 * @returns what was made, and the absolute path
 * @throws CloudilloError `usage.exists`, `store.full`, `store.io`; what `make` throws
 */
export async function intoSecretFile<R>(
  { out, force }: { out: string; force: boolean },
  make: () => Promise<R>,
  secretOf: (made: R) => string,
): Promise<{ made: R; file: string }> {
  const made = await saveOutput(out, { force, secret: true }, make, (secret) => `${secretOf(secret)}\n`);
  return { made, file: resolve(out) };
}
