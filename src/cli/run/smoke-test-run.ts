/** The work of `smoke-test`. */
import { isFailed } from '../../protocol/check.ts';
import { forEachInOrder } from '../../services/runtime/for-each-in-order.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import {
  type SmokeReport,
  type SmokeTestDeps,
  type SmokeTestInput,
  smokeTest,
} from '../../services/smoke-test/smoke-test.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { loadNetwork } from '../home/load-network.ts';
import { openPeer } from '../home/open-peer.ts';
import { combineExitCodes, EXIT, type ExitCode, exitCodeFor } from '../output/exit-codes.ts';

/** How many instances are asked at once. */
const AT_ONCE = 8;

interface SmokeTests extends Omit<SmokeTestInput, 'idTag'> {
  home: string;
  settings: Settings;
  idTags: readonly string[];
  as: string | undefined;
}

/** Tests instances. `emit` gets the reports in the order of the names. It throws as {@link smokeTest}, and `usage.network`. */
export async function runSmokeTests(
  { home, settings, idTags, as, ...input }: SmokeTests,
  emit: (report: SmokeReport) => Promise<void>,
): Promise<void> {
  const network = await loadNetwork(settings);
  const open = async (): Promise<SmokeTestDeps> => {
    const { ask, ...peer } = await openPeer(home, settings);
    return { ...peer, network, signIn: as === undefined ? null : { as, ask: ask.bind(null, as) }, clock: systemClock };
  };
  await forEachInOrder(idTags, AT_ONCE, (idTag) => smokeTest(open, { ...input, idTag }), emit);
}

/** The exit code of a report. @param waited whether the test was repeated until its time was over */
export function smokeTestExitCode({ passed, checks }: SmokeReport, waited: boolean): ExitCode {
  if (passed) return EXIT.done;
  if (waited) return EXIT.timeout;
  return combineExitCodes(checks.flatMap((check) => (isFailed(check) ? [exitCodeFor(check.code)] : [])));
}
