/** The output of `file`. */
import type { FoundFile } from '../../services/files/find-file.ts';
import type { MissingFile } from '../../services/files/list-local-files.ts';
import type { LocalFile } from '../../services/files/local-file.ts';
import type { SweepResult } from '../../services/files/sweep-blobs.ts';
import { byteText } from './bytes.ts';
import { shownTime } from './shown-time.ts';
import { table } from './table.ts';

/** One line for each file. */
export function renderFiles(files: readonly LocalFile[]): string[] {
  return table(
    files.map(({ createdAt, fileId, size, dim, contentType, owner, idTag, fileName }) => [
      shownTime(createdAt),
      fileId,
      byteText(size),
      dim ? dim.join('×') : '',
      contentType,
      owner === idTag ? '' : `from ${owner}`,
      fileName,
    ]),
  );
}

/** One line for each missing file, with the reason. */
export function renderMissing(files: readonly MissingFile[]): string[] {
  return table(
    files.map(({ fileId, from, state, attempts, nextAt, error }) => [
      fileId,
      `from ${from}`,
      nextAt === null ? state : `next try ${shownTime(nextAt)}`,
      `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
      `${error.code}: ${error.message}`,
    ]),
  );
}

/** An exported file. */
export function renderFoundFile({ fileName, size, blobId, variant }: FoundFile, savedTo: string | null): string {
  return `${savedTo ?? fileName}  ${size} bytes  ${blobId}  (${variant})`;
}

/** The result of `file gc`. */
export function renderSweep({ dryRun, removed, bytes, kept, waiting }: SweepResult): string {
  const went = `${removed} of ${removed + kept + waiting} blobs, ${byteText(bytes)}`;
  const rest = waiting === 0 ? '' : `; ${waiting} that no file names are too young`;
  return `${dryRun ? 'Would remove' : 'Removed'} ${went}${rest}`;
}
