/** The work of `smoke-test` and of `doctor IDTAG`. */
import type { Observer } from '../../protocol/observer.ts';
import { type ExaminePeerInput, examinePeer, type PeerExamination } from '../../services/doctor/examine-peer.ts';
import type { Finding } from '../../services/doctor/finding.ts';
import type { LookDeps } from '../../services/doctor/remote/look.ts';
import { forEachInOrder } from '../../services/runtime/for-each-in-order.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { loadNetwork } from '../home/load-network.ts';
import { openPeerAccess } from '../home/open-peer-access.ts';
import { combineExitCodes, EXIT, type ExitCode, exitCodeFor } from '../output/exit-codes.ts';

/** How many instances are asked at once. */
const AT_ONCE = 8;

/** Where examinations are made from, and as whom. */
export interface ExaminationPlace {
  home: string;
  settings: Settings;
  as: string | undefined;
  observer: Observer;
  /** What the home remembers of a peer. Without it the home isn't asked. */
  recall?: LookDeps['recall'];
  /** Who fetched the profile of the one that signs in. Without it the home isn't asked. */
  reads?: LookDeps['reads'];
}

/** Examines one instance. It throws as {@link examinePeer}, and `usage.network`. */
export async function examineOne(
  { home, settings, as, recall, reads, observer }: ExaminationPlace,
  input: ExaminePeerInput,
): Promise<PeerExamination> {
  const network = await loadNetwork(settings);
  const open = async (): Promise<LookDeps> => {
    const { ask, requester, close } = await openPeerAccess(home, settings, observer);
    const signIn = as === undefined ? null : { as, ask: ask.bind(null, as) };
    return { network, requester, signIn, recall, reads, clock: systemClock, observer, close };
  };
  return examinePeer(open, input);
}

/** Examines instances. `emit` gets the reports in the order of the names. It throws as {@link examineOne}. */
export async function examineEach(
  place: ExaminationPlace,
  { idTags, ...input }: Omit<ExaminePeerInput, 'idTag'> & { idTags: readonly string[] },
  emit: (report: PeerExamination) => Promise<void>,
): Promise<void> {
  await forEachInOrder(idTags, AT_ONCE, (idTag) => examineOne(place, { ...input, idTag }), emit);
}

/** The exit code of an examination: of its most telling finding. Warnings do not count. */
export function examinationExitCode(findings: readonly Finding[]): ExitCode {
  return combineExitCodes(
    findings.filter(({ severity }) => severity !== 'warning').map(({ code }) => exitCodeFor(code)),
  );
}

/** The exit code of a smoke test. @param waited whether it was repeated until its time was over */
export function smokeTestExitCode({ healthy, findings }: PeerExamination, waited: boolean): ExitCode {
  if (healthy) return EXIT.done;
  return waited ? EXIT.timeout : examinationExitCode(findings);
}
