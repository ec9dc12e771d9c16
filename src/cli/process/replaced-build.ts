/** The error for a build that was replaced while the program ran. */
import { existsSync } from 'node:fs';

/**
 * Converts the error for a missing module, when another build has replaced the one that runs, to an error that says so. Any other
 * error stays as it is.
 */
export function asReplacedBuild(error: unknown): unknown {
  const isMissing = error instanceof Error && (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
  // The build names its files by their content: another build has another name for this file.
  if (!isMissing || existsSync(import.meta.filename)) return error;
  return new Error('cloudillo was installed or built anew while this process ran: start it again', { cause: error });
}
