/** The answer to a wrong secret. */
import { CloudilloError } from '../../protocol/errors.ts';

/** The delay of each answer to a wrong secret, as in the network. Milliseconds. */
const PAUSE = 1000;

/** The delay as a dependency, so that tests need not wait. */
export interface PauseDeps {
  /** Resolves after this many milliseconds. */
  pause: (ms: number) => Promise<void>;
}

/** Counts the failed attempts of one address. */
export interface Attempts {
  /** Refuses further attempts. @throws CloudilloError `rate.limited` after too many failures */
  assertAllowed(): void;
  failed(): void;
}

/** Counts a wrong secret, waits, and makes the error to throw. The error does not say what was wrong. */
export async function wrongSecret(
  { pause }: PauseDeps,
  attempts: Attempts | null | undefined,
): Promise<CloudilloError> {
  attempts?.failed();
  await pause(PAUSE);
  return new CloudilloError('permission.denied', 'Wrong identity or password', { stage: 'permission' });
}
