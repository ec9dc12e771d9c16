/** Errors of the program's surroundings, which say nothing by themselves. */
import { existsSync } from 'node:fs';
import { CloudilloError } from '../../protocol/errors.ts';

/** An error that says what happened: the working directory or this program is gone. Every other error as it is. */
export function explainFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'uv_cwd') {
    return new CloudilloError('usage.working-directory', 'The working directory is gone', {
      stage: 'input',
      cause: error,
    });
  }
  // The build's names say what is in them: of another build, this file has another name.
  if (code === 'MODULE_NOT_FOUND' && !existsSync(import.meta.filename)) {
    return new Error('cloudillo was installed or built anew while this process ran: start it again', { cause: error });
  }
  return error;
}
