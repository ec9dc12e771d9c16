import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { usageError } from './output.ts';
import { saveOutput } from './output-file.ts';

/** For commands whose result is a secret: to stdout alone, or to a file that only its owner can read. */
export const secretOutputFlags = {
  out: Flags.string({
    char: 'o',
    description: 'write it to this file, mode 0600, instead of to stdout',
    helpValue: 'FILE',
  }),
  force: Flags.boolean({ description: 'with --out: replace an existing file', dependsOn: ['out'] }),
};

/** @throws CloudilloError `usage.value`: secrets are never JSON, which ends up in logs */
export function assertSecretOutput(json: boolean, out: string | undefined, what: string): void {
  if (json && out === undefined) {
    throw usageError('usage.value', `${what} is never JSON`, 'Leave out --json, or use --out FILE');
  }
}

/**
 * Makes a secret and writes it to a file, which is opened first: none is made in vain, and lost.
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
