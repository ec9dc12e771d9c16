/** What the parts of a report are made of: operations of the home, and an examination of a peer. */
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Observer } from '../../protocol/observer.ts';
import type { OperationInput, OperationName, OperationResult } from '../../services/door/operations.ts';
import type { Settings, SettingsInput } from '../../store/settings/settings.ts';
import { explainSettings } from '../home/explain-settings.ts';
import { ownVersion } from '../process/own-version.ts';
import { examinationOf } from './examine-home.ts';
import { examineOne } from './examine-peers.ts';
import type { ReportParts } from './make-report.ts';

/** Where a report is made, and what is wanted. */
export interface ReportPlace {
  home: string;
  observer: Observer;
  settings(given: SettingsInput): Promise<Settings>;
  /** Runs an operation of the home. */
  operate<N extends OperationName>(
    name: N,
    input: OperationInput<N>,
    given?: SettingsInput,
  ): Promise<OperationResult<N>>;
  given: SettingsInput;
  /** How long certificates and keys have to stay valid, milliseconds. */
  minValidity: number;
  /** A peer to examine. */
  idTag: string | undefined;
  log: string | undefined;
  traces: string | undefined;
}

/** Says how each part is made. @throws CloudilloError `usage.id-tag` */
export async function reportParts(place: ReportPlace): Promise<Omit<ReportParts, 'trace'>> {
  const { home, observer, given, minValidity, log, traces } = place;
  const idTag = place.idTag === undefined ? null : parseIdTag(place.idTag);
  const examinePeer = async (idTag: string) => {
    const recall = (peer: string) => place.operate('peerMemory', { peer });
    const from = { home, settings: await place.settings(given), as: undefined, recall, observer };
    return examineOne(from, { idTag, minValidity });
  };
  return {
    version: await ownVersion(),
    settings: () => explainSettings(home, () => {}),
    doctor: () => examinationOf(home, () => place.operate('examineHome', { minValidity }, given)),
    peer: async () => (idTag === null ? null : examinePeer(idTag)),
    deliveries: () => place.operate('deliveryFacts', {}),
    inbox: (choice) => place.operate('listArrivals', choice),
    store: () => place.operate('checkStore', {}),
    ...{ traces, log, env: process.env },
  };
}
