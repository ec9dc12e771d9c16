/** The exit codes of commands. */
import { type ErrorCode, type ErrorExitCode, errorTraits } from '../../protocol/error-table.ts';

/** The frozen exit codes, the same with and without `--json` (docs/exit-codes.md). */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  /** The check was done, and its answer is no. */
  failed: 3,
  network: 4,
  dns: 5,
  tls: 6,
  /** The peer understood and refused. */
  refused: 7,
  store: 8,
  /** A wait that was asked for timed out. */
  timeout: 9,
  /** Ctrl-C, also at a question: 128 + SIGINT, as a shell reports it. */
  cancelled: 130,
} as const satisfies Record<string, 0 | ErrorExitCode>;

/** 0, or the exit code of an error. */
export type ExitCode = 0 | ErrorExitCode;

/** The exit code for an error code. A code of another version of this program is "unexpected". */
export function exitCodeFor(code: ErrorCode): ExitCode {
  return errorTraits(code).exit;
}

/**
 * From the least to the most telling. Of the answers of a check a proven "no" is last, so that a batch with one forged token and
 * one unreachable issuer reports the forgery.
 */
const RANK: readonly ExitCode[] = [
  EXIT.done,
  EXIT.timeout,
  EXIT.network,
  EXIT.dns,
  EXIT.tls,
  EXIT.refused,
  EXIT.store,
  EXIT.usage,
  EXIT.unexpected,
  EXIT.failed,
  EXIT.cancelled,
];

/** The exit code of a batch, from those of its items. An empty batch is done. */
export function combineExitCodes(codes: Iterable<ExitCode>): ExitCode {
  let worst: ExitCode = EXIT.done;
  for (const code of codes) if (RANK.indexOf(code) > RANK.indexOf(worst)) worst = code;
  return worst;
}
