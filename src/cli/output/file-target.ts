/** The target of a download: a file or standard output. */
import { type Output, usageError } from './output.ts';
import { type OutputFile, openOutputFile } from './output-file.ts';

/** The target of a download. */
export interface FileTarget extends OutputFile {
  /** null: standard output. */
  path: string | null;
}

/** The flags and the terminal that decide. */
export interface FileTargetOptions {
  /** The file; `-` or undefined is standard output. */
  out: string | undefined;
  force: boolean;
  json: boolean;
  output: Output;
  stdout: () => { isTTY?: boolean };
}

/**
 * Opens the target of a download.
 * @throws CloudilloError `usage.out` when the bytes would land on a terminal or amid JSON, `usage.exists`, `store.*`
 */
export async function openFileTarget({ out, force, json, output, stdout }: FileTargetOptions): Promise<FileTarget> {
  if (out !== undefined && out !== '-') {
    return { path: out, ...(await openOutputFile(out, { force })) };
  }
  if (json) throw usageError('usage.out', 'With --json the bytes need a file of their own', 'Add --out FILE');
  if (out === undefined && stdout().isTTY) {
    throw usageError(
      'usage.out',
      "The bytes of a file don't belong on a terminal",
      'Add --out FILE, or --out - to insist',
    );
  }
  return { path: null, write: (chunk) => output.write(chunk), commit: async () => {}, discard: async () => {} };
}
