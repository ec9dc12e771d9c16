/** The filters of lists of actions. */
import { wireTime } from '../../../protocol/envelope.ts';
import type { Case } from '../case.ts';
import type { Answer, Target } from '../target.ts';
import { judged, listOf, skipped, someOf } from '../verdict.ts';

type Row = Record<string, unknown>;

/** A filter, by what an action that is there has. */
export interface Filter {
  parameter: string;
  /** The value that chooses this action; null: none does. */
  chosenBy: (row: Row) => string | null;
  /** A value that doesn't choose it; null: none is known. */
  other: (row: Row) => string | null;
}

const idTagOf = (party: unknown): string | null => textOf((party as Row | undefined)?.['idTag']);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
/** null: the action has no time. */
function at({ createdAt }: Row, ms: number): string | null {
  const time = new Date(Date.parse(String(createdAt)) + ms);
  return Number.isNaN(time.getTime()) ? null : wireTime(time);
}
const NOBODY = 'nobody.invalid';
const DAY = 86_400_000;

/** The filters whose effect shows on any action (specification: Lists of actions). */
export const FILTERS: readonly Filter[] = [
  { parameter: 'type', chosenBy: ({ type }) => textOf(type), other: ({ type }) => (type === 'POST' ? 'CMNT' : 'POST') },
  {
    parameter: 'status',
    chosenBy: ({ status }) => textOf(status),
    other: ({ status }) => (status === 'A' ? 'D' : 'A'),
  },
  { parameter: 'visibility', chosenBy: ({ visibility }) => textOf(visibility), other: () => 'C' },
  { parameter: 'issuer', chosenBy: ({ issuer }) => idTagOf(issuer), other: () => NOBODY },
  { parameter: 'audience', chosenBy: ({ audience, issuer }) => idTagOf(audience ?? issuer), other: () => NOBODY },
  { parameter: 'actionId', chosenBy: ({ actionId }) => textOf(actionId), other: () => `a1~${'A'.repeat(43)}` },
  { parameter: 'createdAfter', chosenBy: (row) => at(row, -DAY), other: (row) => at(row, DAY) },
  { parameter: 'createdBefore', chosenBy: (row) => at(row, DAY), other: (row) => at(row, -DAY) },
];

/** Asks for a list as a guest. */
export function list(target: Target, query = ''): Promise<Answer> {
  return target.ask({ path: `/api/actions${query}` });
}

/** A filter chooses the action that fits, and not with another value. One that is ignored chooses it both times. */
export function filterCase({ parameter, chosenBy, other }: Filter): Case {
  return {
    name: `list.filter-${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    summary: `${parameter} chooses actions`,
    section: 'Lists of actions',
    level: 'must',
    async run(target) {
      const [row = {}] = someOf(await list(target, '?limit=1'), 'GET /api/actions');
      const has = async (value: string): Promise<boolean> => {
        const query = `${parameter}=${encodeURIComponent(value)}`;
        const rows = listOf(await list(target, `?limit=100&${query}`), `GET /api/actions?${query}`);
        return rows.some(({ actionId }) => actionId === row['actionId']);
      };
      const [right, wrong] = [chosenBy(row), other(row)];
      if (right === null || wrong === null)
        return skipped(`the newest action has nothing that ${parameter} chooses by`);
      const [chosen, strange] = [await has(right), await has(wrong)];
      return judged(`${parameter} chooses actions`, [
        !chosen && `${parameter}=${right} does not choose the action that has it`,
        strange && `${parameter}=${wrong} chooses an action that has ${right}`,
      ]);
    },
  };
}
