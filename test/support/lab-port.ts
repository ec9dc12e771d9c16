import { freePort } from '../../src/sandbox/network/free-port.ts';

/** Below the ports of sandboxes (src/sandbox/network/free-port.ts), so many for each of vitest's workers. */
const FIRST = 10_000;
const EACH = 3_000;
let given = 0;

/**
 * A free port for a peer of the tests. They are given one after the other: where a server was closed and its port has to refuse, no
 * other test's peer answers.
 */
export function labPort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? '1') - 1;
  const wanted = FIRST + (worker % 3) * EACH + (given++ % EACH);
  return freePort('127.0.0.1', wanted);
}
