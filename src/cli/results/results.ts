/** Collects the results of a command, and writes them to everywhere they were asked for. */
import { open, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errorToObject } from '../../protocol/errors.ts';
import { linkTarget } from '../output/link-target.ts';
import { usageError } from '../output/output.ts';
import { type OutputFile, openOutputFile } from '../output/output-file.ts';
import { annotations, stepSummary } from './github.ts';
import { htmlReport } from './html.ts';
import { jsonReport } from './json.ts';
import { junit } from './junit.ts';
import { markdownReport } from './markdown.ts';
import type { ReportFormat, ReportTarget } from './report-targets.ts';
import { failedCommand, type ResultSuite } from './suite.ts';
import { tap } from './tap.ts';

const WRITERS: Readonly<Record<ReportFormat, (suites: readonly ResultSuite[]) => Iterable<string>>> = {
  junit,
  tap,
  markdown: markdownReport,
  json: jsonReport,
  html: htmlReport,
};

/** The variables of GitHub Actions that count. */
export interface GitHubEnvironment {
  GITHUB_ACTIONS?: string | undefined;
  GITHUB_STEP_SUMMARY?: string | undefined;
}

/** Where results go besides files. */
export interface ResultStreams {
  /** Takes a report for `-`. */
  stdout(text: string): Promise<void>;
  /** Takes workflow commands and warnings, a line each. */
  stderr(line: string): void;
}

/** The results of one run. */
export interface Results {
  /** @param error the error that the suite tells of: it gets no case of its own */
  add(suite: ResultSuite, error?: unknown): void;
  /**
   * Does the work of a command, and then writes what was added. Work that throws adds a failed case.
   * @param told `isStopped`: whether an error means that nobody wants the output any more: then every file stays as it was. `lost` is
   *   called when the reports can't be written: what the work found out is worth more than they are
   * @throws CloudilloError what `work` throws
   */
  around(
    command: string,
    work: () => Promise<unknown>,
    told: { isStopped: (error: unknown) => boolean; lost: (error: unknown) => void },
  ): Promise<unknown>;
}

/**
 * Opens the files of all reports, so that one that can't be written is refused before the work. A file that is there is replaced.
 * @throws CloudilloError `usage.value` for two reports to one file, `store.*`
 */
export async function openResults(
  targets: readonly ReportTarget[],
  env: GitHubEnvironment,
  streams: ResultStreams,
): Promise<Results> {
  await assertApart(targets);
  const suites: ResultSuite[] = [];
  const told = new Set<unknown>();
  const files: { format: ReportFormat; file: OutputFile }[] = [];
  const discard = async () => {
    for (const { file } of files.splice(0)) await file.discard();
  };
  try {
    for (const { format, path } of targets) files.push({ format, file: await openTarget(path, streams) });
  } catch (error) {
    await discard();
    throw error;
  }
  const write = async () => {
    for (const { format, file } of files) await writeParts(file, WRITERS[format](suites));
    for (let next = files.shift(); next; next = files.shift()) await next.file.commit();
    if (env.GITHUB_ACTIONS === 'true' && suites.length > 0) await tellGitHub(suites, env, streams);
  };
  const around: Results['around'] = async (command, work, { isStopped, lost }) => {
    const startedAt = Date.now();
    let failure: { error: unknown } | undefined;
    try {
      const done = await work().catch((error: unknown) => {
        if (isStopped(error)) throw error;
        failure = { error };
        if (!told.has(error)) suites.push(failedCommand(command, startedAt, errorToObject(error)));
      });
      await write().catch(lost);
      if (failure) throw failure.error;
      return done;
    } finally {
      await discard();
    }
  };
  const add: Results['add'] = (suite, error) => {
    suites.push(suite);
    if (error !== undefined) told.add(error);
  };
  return { add, around };
}

/** A report may be longer than a text in memory can be. So many characters are written at once. */
const PIECE = 64 * 1024;

async function writeParts(file: OutputFile, parts: Iterable<string>): Promise<void> {
  let piece = '';
  for (const part of parts) {
    piece += part;
    if (piece.length < PIECE) continue;
    await file.write(Buffer.from(piece));
    piece = '';
  }
  await file.write(Buffer.from(piece));
}

/** Two names may be one file: `a`, `./a`, and a link to it. */
async function assertApart(targets: readonly ReportTarget[]): Promise<void> {
  const seen = new Set<string>();
  for (const { path } of targets) {
    const file = path === '-' ? path : await fileOf(path);
    if (seen.has(file)) {
      const what = path === '-' ? 'standard output' : path;
      throw usageError('usage.value', `Two reports go to ${what}`, 'Give each report a file of its own');
    }
    seen.add(file);
  }
}

/** A path that can't be looked at is told of when it is opened. */
async function fileOf(path: string): Promise<string> {
  try {
    const target = (await linkTarget(path)).path;
    return join(await realpath(dirname(target)), basename(target));
  } catch {
    return resolve(path);
  }
}

async function openTarget(path: string, { stdout }: ResultStreams): Promise<OutputFile> {
  if (path !== '-') return openOutputFile(path, { force: true });
  const nothing = async () => {};
  return { write: (chunk) => stdout(Buffer.from(chunk).toString()), commit: nothing, discard: nothing };
}

async function tellGitHub(
  suites: readonly ResultSuite[],
  { GITHUB_STEP_SUMMARY: path }: GitHubEnvironment,
  { stderr }: ResultStreams,
): Promise<void> {
  for (const line of annotations(suites)) stderr(line);
  if (!path) return;
  try {
    const summary = await open(path, 'a');
    try {
      await summary.appendFile(stepSummary(suites, (await summary.stat()).size));
    } finally {
      await summary.close();
    }
  } catch (error) {
    // The page of the job is an extra: the reports and the exit code have it all.
    stderr(`The summary of the step can't be written: ${(error as Error).message}`);
  }
}
