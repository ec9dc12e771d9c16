/** Lists the cases without making them. */
import { ALL_CASES } from './all-cases.ts';
import type { Case, Level, Need } from './case.ts';
import { isNamed } from './plan.ts';

/** A case, as it is listed. */
export interface ListedCase {
  name: string;
  summary: string;
  section: string;
  level: Level;
  needs: Need[];
  writes: boolean;
  badSignatures: number;
  provokes: boolean;
}

/** The cases with one of these names. @param names `only`: empty for all */
export function listCases(names: { only: readonly string[]; skip: readonly string[] }): ListedCase[] {
  const { only, skip } = names;
  return ALL_CASES.filter(({ name }) => (only.length === 0 || isNamed(name, only)) && !isNamed(name, skip)).map(listed);
}

function listed({
  name,
  summary,
  section,
  level,
  needs = [],
  writes = false,
  badSignatures = 0,
  provokes = false,
}: Case): ListedCase {
  return { name, summary, section, level, needs: [...needs], writes, badSignatures, provokes };
}
