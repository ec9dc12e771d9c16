import { CloudilloError } from '../../src/protocol/errors.ts';

/** The code of the error that `run` throws; anything but a `CloudilloError` fails the test. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CloudilloError) return error.code;
    throw error;
  }
  throw new Error('nothing was thrown');
}

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
