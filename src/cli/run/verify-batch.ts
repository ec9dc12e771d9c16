/** Verifies or decodes many tokens. */
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { NOBODY, type Observer, observed } from '../../protocol/observer.ts';
import { type Inspection, inspectToken } from '../../services/keys/inspect-token.ts';
import type { KeySource } from '../../services/keys/key-sources.ts';
import {
  type Verdict,
  type VerifyDeps,
  type VerifyInput,
  type VerifyReport,
  verifyTokenReport,
} from '../../services/keys/verify-token.ts';
import { forEachInOrder } from '../../services/runtime/for-each-in-order.ts';
import type { InputLine } from '../input/input-lines.ts';
import { verifyWindow } from '../process/thread-pool.ts';

/** A token of a batch, with the number of its line. */
export interface BatchItem {
  line: number;
  report: VerifyReport;
  verdict: Verdict;
}

/** Who sees a batch, and how far it is. */
export interface BatchOptions {
  observer?: Observer;
  count?: () => Promise<number | null>;
}

/** How many tokens had which verdict, and the codes of those that weren't valid (each once). */
export interface BatchCounts {
  valid: number;
  failed: number;
  undecided: number;
  codes: Set<ErrorCode>;
}

/**
 * Verifies line after line.
 * @param emit gets the results in the order of the lines, and may delay the reading
 * @param count tells how many lines there are; asked only when somebody sees the progress. null: unknown
 */
export function verifyBatch(
  lines: AsyncIterable<InputLine>,
  keys: KeySource,
  how: () => Omit<VerifyInput, 'token'>,
  emit: (item: BatchItem) => Promise<void> | undefined,
  { observer = NOBODY, count = async () => null }: BatchOptions = {},
): Promise<BatchCounts> {
  return observed(observer, 'verify', async (span) => {
    // A count that fails ends nothing: the lines are read once more.
    const total = span && (await count().catch(() => null));
    return verifyLines(lines, { keys, observer }, how, emit, (done) => span?.progress(done, total));
  });
}

async function verifyLines(
  lines: AsyncIterable<InputLine>,
  deps: VerifyDeps,
  how: () => Omit<VerifyInput, 'token'>,
  emit: (item: BatchItem) => Promise<void> | undefined,
  progress: (done: number) => void,
): Promise<BatchCounts> {
  let done = 0;
  const counts: BatchCounts = { valid: 0, failed: 0, undecided: 0, codes: new Set() };
  await forEachInOrder(
    lines,
    verifyWindow(),
    async ({ line, text }) => ({ line, ...(await verifyTokenReport(deps, { token: text, ...how() })) }),
    (item) => {
      done += 1;
      progress(done);
      counts[item.verdict.is]++;
      if (item.verdict.is !== 'valid') counts.codes.add(item.verdict.code);
      return emit(item);
    },
  );
  return counts;
}

/** A line of an `--inspect` batch: the decoded token, or the error. */
export type InspectedLine = { line: number } & (Inspection | { error: ErrorObject });

/** Decodes line after line. @returns the codes of lines that are no tokens */
export async function inspectBatch(
  lines: AsyncIterable<InputLine>,
  emit: (item: InspectedLine) => Promise<void> | undefined,
): Promise<Set<ErrorCode>> {
  const codes = new Set<ErrorCode>();
  for await (const input of lines) {
    const item = inspectLine(input);
    if ('error' in item) codes.add(item.error.code);
    await emit(item);
  }
  return codes;
}

function inspectLine({ line, text }: InputLine): InspectedLine {
  try {
    return { line, ...inspectToken(text) };
  } catch (error) {
    if (error instanceof CloudilloError) return { line, error: errorToObject(error) };
    throw error;
  }
}
