import { existsSync } from 'node:fs';

/**
 * A module that can't be found because another build stands in the place of the one that this process runs → an error that says
 * so; every other error as it is.
 */
export function asReplacedBuild(error: unknown): unknown {
  const isMissing = error instanceof Error && (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
  // The build's names say what is in them: of another build, this file has another name.
  if (!isMissing || existsSync(import.meta.filename)) return error;
  return new Error('cloudillo was installed or built anew while this process ran: start it again', { cause: error });
}
