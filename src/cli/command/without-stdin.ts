/** Arguments of commands that are never taken from standard input. */
import type { ArgInput } from '@oclif/core/interfaces';

/**
 * Keeps oclif from filling a missing argument from piped standard input. In `while read name; do cloudillo actions; done` it
 * would consume the lines of the loop. A command that takes data from there reads it itself.
 */
export function withoutStdin(args: ArgInput): ArgInput {
  return Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]));
}
