import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's root. */
export const ROOT = join(import.meta.dirname, '..');

/** Every file under a path (or the path itself), sorted, relative to the root. */
function filesUnder(path) {
  try {
    const names = readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true });
    return names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(ROOT.length + 1))
      .sort();
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
}

/** sha-256 over names and contents: by content, because a checkout gives old files new times, and the other way round. */
export function hashOf(paths, ...more) {
  const hash = createHash('sha256').update(more.join('\0'));
  for (const file of paths.flatMap(filesUnder)) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** Contents of a small file, or null when it isn't there. */
export function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
