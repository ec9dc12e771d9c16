/** The table of faults: what an examination may find, with the cause and the next step. */
import { ANSWER_FAULTS } from './answer-faults.ts';
import { CONNECTION_FAULTS } from './connection-faults.ts';
import type { FaultTexts } from './fault-texts.ts';
import { HOME_FAULTS } from './home-faults.ts';
import { NAME_FAULTS } from './name-faults.ts';

/** Every fault with its texts. A fault is never renamed: scripts look for it. */
export const FAULTS = { ...NAME_FAULTS, ...CONNECTION_FAULTS, ...ANSWER_FAULTS, ...HOME_FAULTS };

/** The name of a fault. */
export type FaultId = keyof typeof FAULTS;

/** The texts of a fault, with its facts in them. A fact that nobody gave leaves its name. */
export function faultTexts(fault: FaultId, facts: Readonly<Record<string, string>>): FaultTexts {
  const { severity, cause, next }: FaultTexts = FAULTS[fault];
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? name);
  return { severity, cause: filled(cause), next: filled(next) };
}
