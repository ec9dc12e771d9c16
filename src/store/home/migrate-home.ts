/** Brings a home to the version that this program writes. */
import { CloudilloError } from '../../protocol/errors.ts';
import { writeDurably } from '../disk/durable-file.ts';
import { type HomeMarker, type HomePaths, openHomeDir } from './home.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';

/**
 * Runs the steps that a home lacks, in order. After each one the version is raised durably in `home.json`, with the list of
 * steps. Whatever happens, a step is done, or runs again at the next start. Hold the home's lock.
 * @returns the names of the steps that were run now
 * @throws {CloudilloError} those of {@link openHomeDir}, `store.full`, `store.io`; what a step throws
 */
export async function migrateHome(
  root: string,
  now: () => number,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<string[]> {
  const { schema, createdAt, migrated = [], ...home } = await openHomeDir(root, migrations);
  let marker: HomeMarker = { schema, createdAt, ...(migrated.length > 0 && { migrated }) };
  const missing = migrations.slice(schema - 1);
  for (const { name, run } of missing) {
    await run(home);
    const to = marker.schema + 1;
    const done = { to, name, at: new Date(now()).toISOString() };
    marker = { ...marker, schema: to, migrated: [...(marker.migrated ?? []), done] };
    await writeDurably(home.marker, `${JSON.stringify(marker)}\n`);
  }
  return missing.map(({ name }) => name);
}

/**
 * Opens a home that can't be written.
 * @param cause why it can't be written
 * @throws {CloudilloError} those of {@link openHomeDir}; `home.not-writable`: it has to be brought to this version first
 */
export async function openMigrated(
  root: string,
  cause: CloudilloError,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<HomePaths> {
  const home = await openHomeDir(root, migrations);
  if (home.schema === 1 + migrations.length) return home;
  throw new CloudilloError(
    'home.not-writable',
    `The home ${root} is of an earlier version, and can't be brought to this one: its disk takes no writes`,
    {
      stage: 'home',
      hint: 'Let the disk be written to, or read the home with the version of cloudillo that wrote it.',
      cause,
      details: { home: root, schema: home.schema },
    },
  );
}
