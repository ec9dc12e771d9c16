import { CloudilloError } from '../../protocol/errors.ts';

/** Whoever tries secrets waits this long for each answer, as on the network. Milliseconds. */
const PAUSE = 1000;

/** How services wait; a test's doesn't. */
export interface PauseDeps {
  /** Resolves after so many milliseconds. */
  pause: (ms: number) => Promise<void>;
}

/** The attempts of one address. */
export interface Attempts {
  /** @throws CloudilloError `rate.limited` after too many failures */
  assertAllowed(): void;
  failed(): void;
}

/** A wrong password: counts it, waits, and gives the error to throw. It doesn't tell what was wrong. */
export async function wrongSecret(
  { pause }: PauseDeps,
  attempts: Attempts | null | undefined,
): Promise<CloudilloError> {
  attempts?.failed();
  await pause(PAUSE);
  return new CloudilloError('permission.denied', 'Wrong identity or password', { stage: 'permission' });
}
