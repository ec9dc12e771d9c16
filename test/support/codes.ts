import { CloudilloError } from '../../src/protocol/errors.ts';

/** The error that `run` throws; anything but a `CloudilloError` fails the test. */
export function errorOf(run: () => unknown): CloudilloError {
  try {
    run();
  } catch (error) {
    if (error instanceof CloudilloError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Its code. */
export const codeOf = (run: () => unknown): string => errorOf(run).code;

/** The same for a promise. */
export async function codeOfAsync(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CloudilloError) return error.code;
    throw error;
  }
  throw new Error('nothing was thrown');
}
