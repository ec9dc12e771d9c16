/** Examines an instance as its peers see it: once, or until it is well. */
import { setTimeout as sleep } from 'node:timers/promises';
import { apiHost } from '../../protocol/id-tag.ts';
import { NOBODY, type Observer, observed } from '../../protocol/observer.ts';
import { nextPause } from '../runtime/next-pause.ts';
import { type CheckPlan, type Examination, examine } from './examine.ts';
import { PEER_CHECKS, type PeerCheckId, REMOTE_CHECKS } from './remote/checks.ts';
import { beginLook, type Look, type LookDeps, type LookInput } from './remote/look.ts';

/** What the examination of an instance found. */
export interface PeerExamination extends Examination<PeerCheckId> {
  idTag: string;
  /** No check failed. Warnings do not count. */
  healthy: boolean;
  /** The duration of the last look, milliseconds. */
  ms: number;
}

/** The instance to examine. */
export interface ExaminePeerInput extends LookInput {
  /** Repeat until it is well, for at most this long, milliseconds. */
  wait?: number | undefined;
}

/**
 * Sends an instance the requests of its peers. Their failures are part of the report.
 * @param open called once a look
 * @throws CloudilloError `usage.*`; with `signIn` also `home.*`, `identity.missing`, `key.*`
 */
export async function examinePeer(open: () => Promise<LookDeps>, input: ExaminePeerInput): Promise<PeerExamination> {
  const endsAt = performance.now() + (input.wait ?? 0);
  for (let pause = nextPause(); ; pause = nextPause(pause)) {
    const deps = await open();
    const report = await lookOnce(deps, input).finally(deps.close);
    const left = endsAt - performance.now();
    if (report.healthy || left <= 0) return report;
    await sleep(Math.min(pause, left));
  }
}

async function lookOnce(deps: LookDeps, input: LookInput): Promise<PeerExamination> {
  const start = performance.now();
  const { idTag } = input;
  const look = beginLook(deps, input);
  try {
    const plan = observedChecks(deps.recall ? PEER_CHECKS : REMOTE_CHECKS, deps.observer);
    const found = await examine(plan, look, { idTag, host: apiHost(idTag) });
    const healthy = found.findings.every(({ severity }) => severity === 'warning');
    return { idTag, healthy, ms: Math.round(performance.now() - start), ...found };
  } finally {
    look.close();
  }
}

/** Makes a span of each check. */
function observedChecks(
  checks: readonly CheckPlan<PeerCheckId, Look>[],
  observer: Observer = NOBODY,
): CheckPlan<PeerCheckId, Look>[] {
  return checks.map((check) => ({
    ...check,
    run: (look) =>
      observed(observer, 'check', (span) => {
        span?.fact('cloudillo.check', check.id);
        span?.fact('cloudillo.peer', look.input.idTag);
        return check.run(look);
      }),
  }));
}
