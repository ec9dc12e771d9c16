/** The work of `report`: puts together what a bug report needs, without secrets. */
import { open } from 'node:fs/promises';
import { homedir, release } from 'node:os';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { redactText, redactValue } from '../../protocol/redact.ts';
import { isSecretName } from '../../protocol/secret-names.ts';
import type { PeerExamination } from '../../services/doctor/examine-peer.ts';
import type { HomeExamination } from '../../services/doctor/local/examine-home.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import type { SettingExplanation } from '../../store/settings/settings.ts';
import { usageError } from '../output/output.ts';

/** The end of a log that is added: bytes that are read, and lines that are kept. */
const LOG_BYTES = 256 * 1024;
const LOG_LINES = 200;

/** What is put together. */
export interface Report {
  /** ISO 8601. */
  madeAt: string;
  version: string;
  node: string;
  /** Operating system, its version, and the processor. */
  system: string;
  /** The settings that differ from their defaults, or why they can't be read. */
  settings: Pick<SettingExplanation, 'name' | 'value' | 'origin'>[] | { error: ErrorObject };
  /** The names of the variables of this program that are set. */
  environment: string[];
  doctor: HomeExamination;
  /** Of the identity that was named. */
  peer: PeerExamination | null;
  /** The last lines of the log; null: none was named. */
  log: string[] | null;
}

/** How the parts of a report are made. */
export interface ReportParts {
  version: string;
  settings: () => Promise<SettingExplanation[]>;
  doctor: () => Promise<HomeExamination>;
  peer: () => Promise<PeerExamination | null>;
  log: string | undefined;
  env: NodeJS.ProcessEnv;
}

/**
 * Makes a report. Secrets are taken out of every text, and the path of the user's directory becomes `~`.
 * @throws CloudilloError `usage.file`: the log can't be read
 */
export async function makeReport({ version, settings, doctor, peer, log, env }: ReportParts): Promise<Report> {
  const secrets = secretsOf(env);
  const lines = log === undefined ? null : await endOfLog(log, secrets);
  const report: Report = {
    madeAt: new Date().toISOString(),
    version,
    node: process.version,
    system: `${process.platform} ${release()}, ${process.arch}`,
    settings: await changedSettings(settings),
    environment: Object.keys(env)
      .filter((name) => /^(CLOUDILLO_|NODE_OPTIONS$|NODE_EXTRA_CA_CERTS$|NO_COLOR$)/.test(name))
      .sort(),
    doctor: await doctor(),
    peer: await peer(),
    log: lines,
  };
  return withoutHome(redactValue(report, { known: secrets }));
}

async function changedSettings(explain: ReportParts['settings']): Promise<Report['settings']> {
  try {
    const all = await explain();
    return all.flatMap(({ name, value, origin }) => (origin === 'default' ? [] : [{ name, value, origin }]));
  } catch (error) {
    if (error instanceof CloudilloError) return { error: errorToObject(error) };
    throw error;
  }
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

/** A secret may go over several lines: it is taken out before the text is cut into lines. */
async function endOfLog(path: string, secrets: readonly string[]): Promise<string[]> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const length = Math.min(size, LOG_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      const text = redactText(buffer.subarray(0, bytesRead).toString('utf8'), secrets);
      const lines = text.split('\n').filter((line) => line !== '');
      // The first line may have lost its beginning.
      return lines.slice(length < size ? 1 : 0).slice(-LOG_LINES);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw usageError(
      'usage.file',
      `The log ${path} can't be read: ${whyUnreadable(error)}`,
      'Name a file that this user may read',
    );
  }
}
