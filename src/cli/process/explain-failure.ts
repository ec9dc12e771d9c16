/** Explains errors of the system that aren't about what the command does. */
import { existsSync } from 'node:fs';
import { CloudilloError } from '../../protocol/errors.ts';

/**
 * Converts an error of the system to one that says what happened: the working directory was deleted, the program was replaced, or
 * the process may open no more files. Any other error is returned unchanged.
 */
export function explainFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'uv_cwd') {
    return new CloudilloError('usage.working-directory', 'The working directory is gone', {
      stage: 'input',
      cause: error,
    });
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new CloudilloError('store.descriptors', 'This process may open no more files', {
      stage: 'input',
      cause: error,
    });
  }
  // The build names its files by their content: another build has another name for this file.
  if (code === 'MODULE_NOT_FOUND' && !existsSync(import.meta.filename)) {
    return new Error('cloudillo was installed or built anew while this process ran: start it again', { cause: error });
  }
  return error;
}
