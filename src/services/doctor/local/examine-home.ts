/** Examines the instance of a home, from inside and as its peers see it. */
import { status } from '../../home/status.ts';
import { type CheckPlan, type Examination, examine } from '../examine.ts';
import { certificateCheck, diskCheck, homeCheck, ownKeysCheck, storeCheck } from './home-checks.ts';
import type { HomeDeps, HomeLook } from './home-look.ts';
import { limitsCheck } from './limits-check.ts';
import { type Machine, thisMachine } from './machine.ts';
import { homeClockCheck, publishedCheck, queueCheck, reachCheck, serverCheck } from './server-checks.ts';

/** The checks, in the order of the report. */
export const HOME_CHECK_IDS = [
  'home',
  'disk',
  'store',
  'own-keys',
  'certificate',
  'server',
  'limits',
  'queue',
  'clock',
  'reach',
  'published',
] as const;

/** The name of a check. */
export type HomeCheckId = (typeof HOME_CHECK_IDS)[number];

const HOME_CHECKS: readonly CheckPlan<HomeCheckId, HomeLook>[] = [
  { id: 'home', after: [], run: homeCheck },
  { id: 'disk', after: [], run: diskCheck },
  { id: 'store', after: ['disk'], run: storeCheck },
  { id: 'own-keys', after: [], run: ownKeysCheck },
  { id: 'certificate', after: [], run: certificateCheck },
  { id: 'server', after: ['home', 'disk', 'store', 'certificate'], run: serverCheck },
  { id: 'limits', after: ['server'], run: limitsCheck },
  { id: 'queue', after: ['server'], run: queueCheck },
  { id: 'clock', after: [], run: homeClockCheck },
  { id: 'reach', after: ['server', 'own-keys'], run: reachCheck },
  { id: 'published', after: ['reach'], run: publishedCheck },
];

/** What the examination of an instance found. */
export interface HomeExamination extends Examination<HomeCheckId> {
  home: string;
  /** Nothing is wrong. Warnings do not count. */
  healthy: boolean;
  /** Milliseconds. */
  ms: number;
}

/** How to examine. */
export interface ExamineHomeInput {
  /** How long certificates and keys have to stay valid, milliseconds. */
  minValidity: number;
}

/** Examines the instance: nothing is changed but for a file that tries the disk and is removed. @throws CloudilloError `store.*` */
export async function examineHome(deps: HomeDeps, input: ExamineHomeInput): Promise<HomeExamination> {
  return examineHomeOn(thisMachine, deps, input);
}

/** The same on another machine than this one. */
export async function examineHomeOn(
  machine: Machine,
  deps: HomeDeps,
  { minValidity }: ExamineHomeInput,
): Promise<HomeExamination> {
  const start = performance.now();
  const look: HomeLook = { deps, machine, status: await status(deps), minValidity };
  const found = await examine(HOME_CHECKS, look, {});
  const healthy = found.findings.every(({ severity }) => severity === 'warning');
  return { home: deps.home, healthy, ms: Math.round(performance.now() - start), ...found };
}
