/** Cases of a batch without an end in sight: a few are kept in memory, more in a temporary file. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { diskError } from '../../store/disk/disk-errors.ts';
import { makeTemporaryDirectory } from '../../store/disk/temporary-directory.ts';
import { removeAtEnd } from '../process/remove-at-end.ts';
import { type CaseCounts, type Cases, countCase, noCases, type ResultCase } from './suite.ts';

/** So many characters of cases wait in memory. */
const MOST_WAITING = 64 * 1024;
const NEWLINE = 10;

/** Takes cases one by one. Its file is removed when the process ends. */
export class CaseSpool implements Cases {
  readonly counts: CaseCounts = noCases();
  #waiting: string[] = [];
  #length = 0;
  #path: string | undefined;

  /** Takes a case. @throws CloudilloError `store.full`, `store.io` */
  add(one: ResultCase): Promise<void> | undefined {
    countCase(this.counts, one);
    const line = `${JSON.stringify(one)}\n`;
    this.#waiting.push(line);
    this.#length += line.length;
    return this.#length > MOST_WAITING ? this.#write() : undefined;
  }

  async #write(): Promise<void> {
    this.#path ??= await newFile();
    const text = this.#waiting.join('');
    [this.#waiting, this.#length] = [[], 0];
    onDisk(this.#path, 'a', (fd) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    });
  }

  /** All cases, in order. @throws CloudilloError `store.io` */
  *[Symbol.iterator](): Iterator<ResultCase> {
    if (this.#path !== undefined) yield* casesOf(this.#path);
    for (const line of this.#waiting) yield JSON.parse(line);
  }
}

async function newFile(): Promise<string> {
  const directory = await makeTemporaryDirectory('cloudillo-report-');
  removeAtEnd(directory);
  return join(directory, 'cases');
}

function onDisk<T>(path: string, flags: 'a' | 'r', work: (fd: number) => T): T {
  try {
    const fd = openSync(path, flags, 0o600);
    try {
      return work(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw diskError(error, 'keep cases of a report', path);
  }
}

/** Reads the file piece by piece: a generator may be left early, so none of its steps holds the file open. */
function* casesOf(path: string): Generator<ResultCase> {
  const piece = Buffer.alloc(MOST_WAITING);
  let rest = Buffer.alloc(0);
  for (let position = 0; ; ) {
    const length = onDisk(path, 'r', (fd) => readSync(fd, piece, 0, piece.length, position));
    if (length === 0) return;
    position += length;
    rest = Buffer.concat([rest, piece.subarray(0, length)]);
    let start = 0;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, start)) {
      yield JSON.parse(rest.toString('utf8', start, end));
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
}
