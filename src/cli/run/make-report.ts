/** The work of `report`: puts together what a bug report needs, without secrets. */
import { open, stat } from 'node:fs/promises';
import { homedir, release } from 'node:os';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { redactEnd, redactValue } from '../../protocol/redact.ts';
import { isSecretName } from '../../protocol/secret-names.ts';
import type { PeerExamination } from '../../services/doctor/examine-peer.ts';
import type { HomeExamination } from '../../services/doctor/local/examine-home.ts';
import type { CheckStoreResult } from '../../services/home/check-store.ts';
import type { DeliveryFacts } from '../../services/home/delivery-facts.ts';
import type { ArrivalView } from '../../services/reading/arrival-view.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import type { SettingExplanation } from '../../store/settings/settings.ts';
import { usageError } from '../output/output.ts';
import type { TraceSpan } from '../schemas/trace-span.ts';

/** The end of a file that is added: bytes that are read, and lines that are kept. */
const FILE_BYTES = 256 * 1024;
const FILE_LINES = 200;
/** The most arrivals, spans and findings of the store. With the ends of two files the report stays below 2 MiB. */
const MOST_ARRIVALS = 200;
const MOST_FINDINGS = 50;
/** The most spans of the report's own work. */
export const MOST_SPANS = 400;
/** How far back arrivals go, seconds. */
const LAST_HOUR = 3_600;

/** A part of a report, or why it couldn't be made: the home may be what is broken. */
export type Part<T> = T | { error: ErrorObject };

/** What came to the inbox, newest first. */
export interface ReportedArrivals {
  arrivals: ArrivalView[];
  /** There are older ones of that hour. */
  hasMore: boolean;
}

/** What is put together. */
export interface Report {
  /** ISO 8601. */
  madeAt: string;
  version: string;
  node: string;
  /** Operating system, its version, and the processor. */
  system: string;
  /** The settings that differ from their defaults, or why they can't be read. */
  settings: Part<Pick<SettingExplanation, 'name' | 'value' | 'origin'>[]>;
  /** The names of the variables of this program that are set. */
  environment: string[];
  doctor: HomeExamination;
  /** Of the identity that was named. */
  peer: PeerExamination | null;
  /** How many deliveries are in each state, and the peers whose circuit is open. */
  deliveries: Part<DeliveryFacts>;
  /** What came to the inbox in the last hour. */
  inbox: Part<ReportedArrivals>;
  /** What `store check` finds. `findings` has the first of them. */
  store: Part<CheckStoreResult & { findingCount: number }>;
  /** The spans of what was done for this report. */
  trace: { spans: TraceSpan[]; left: number };
  /** The last lines of a file of `--trace-file`; null: none was named. */
  traces: string[] | null;
  /** The last lines of the log; null: none was named. */
  log: string[] | null;
}

/** How the parts of a report are made. */
export interface ReportParts {
  version: string;
  settings: () => Promise<SettingExplanation[]>;
  doctor: () => Promise<HomeExamination>;
  peer: () => Promise<PeerExamination | null>;
  deliveries: () => Promise<DeliveryFacts>;
  inbox: (choice: { since: number; limit: number }) => Promise<ReportedArrivals>;
  store: () => Promise<CheckStoreResult>;
  /** Asked last. */
  trace: () => Report['trace'];
  /** The files whose ends are added. */
  traces: string | undefined;
  log: string | undefined;
  env: NodeJS.ProcessEnv;
}

/**
 * Makes a report. Secrets are taken out of every text, and the path of the user's directory becomes `~`.
 * @throws CloudilloError `usage.file`: the log, or the file of traces, can't be read
 */
export async function makeReport(parts: ReportParts): Promise<Report> {
  const { version, env } = parts;
  const secrets = secretsOf(env);
  const endOf = async (path: string | undefined) => (path === undefined ? null : endOfFile(path, secrets));
  const [log, traces] = [await endOf(parts.log), await endOf(parts.traces)];
  const since = Math.floor(Date.now() / 1000) - LAST_HOUR;
  const report: Report = {
    madeAt: new Date().toISOString(),
    version,
    node: process.version,
    system: `${process.platform} ${release()}, ${process.arch}`,
    settings: await changedSettings(parts.settings),
    environment: Object.keys(env)
      .filter((name) => /^(CLOUDILLO_|OTEL_|NODE_OPTIONS$|NODE_EXTRA_CA_CERTS$|NO_COLOR$)/.test(name))
      .sort(),
    doctor: await parts.doctor(),
    peer: await parts.peer(),
    deliveries: await part(parts.deliveries),
    inbox: await part(() => parts.inbox({ since, limit: MOST_ARRIVALS })),
    store: await part(async () => shortened(await parts.store())),
    trace: parts.trace(),
    traces,
    log,
  };
  return withoutHome(redactValue(report, { known: secrets }));
}

/** @throws what isn't an error of ours */
async function part<T>(make: () => Promise<T>): Promise<Part<T>> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof CloudilloError) return { error: errorToObject(error) };
    throw error;
  }
}

function shortened(found: CheckStoreResult): CheckStoreResult & { findingCount: number } {
  return { ...found, findings: found.findings.slice(0, MOST_FINDINGS), findingCount: found.findings.length };
}

async function changedSettings(explain: ReportParts['settings']): Promise<Report['settings']> {
  return part(async () =>
    (await explain()).flatMap(({ name, value, origin }) => (origin === 'default' ? [] : [{ name, value, origin }])),
  );
}

/** Variables that hold a secret by themselves. */
function secretsOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value !== undefined && isSecretName(name) ? [value] : []));
}

function withoutHome(report: Report): Report {
  const home = homedir();
  if (home.length < 2) return report;
  const text = JSON.stringify(report).replaceAll(`${JSON.stringify(home).slice(1, -1)}/`, '~/');
  return JSON.parse(text) as Report;
}

/** Whether it is there and no plain file: a pipe would be waited for, and a device has no end. */
async function isOther(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && !found.isFile() && !found.isDirectory();
}

/** A secret may go over several lines: it is taken out before the text is cut into lines. */
async function endOfFile(path: string, secrets: readonly string[]): Promise<string[]> {
  if (await isOther(path)) throw usageError('usage.file', `${path} is no plain file`, 'Name a file that has an end');
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const length = Math.min(size, FILE_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      const text = redactEnd(buffer.subarray(0, bytesRead).toString('utf8'), secrets);
      const lines = text.split('\n').filter((line) => line !== '');
      // The first line may have lost its beginning.
      return lines.slice(length < size ? 1 : 0).slice(-FILE_LINES);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw usageError(
      'usage.file',
      `${path} can't be read: ${whyUnreadable(error)}`,
      'Name a file that this user may read',
    );
  }
}
