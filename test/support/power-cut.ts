import type { Stats } from 'node:fs';
import { mkdir, open, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { temporaryDirectory } from './store-fixtures.ts';

/** What a disk is sure to hold: of files the bytes of their last sync, of directories the names. */
export interface Disk {
  /** The directory as it is after a power cut: a copy, made of nothing but what was synced. */
  afterPowerCut(): Promise<string>;
}

type Entry = { bytes: Buffer } | { names: Map<string, string> };

/**
 * Watches all syncs of this process from now on. What is under `root` now counts as synced. Whatever is written later, by anybody, is
 * on the disk once this process syncs it, and not before.
 * @param onSync called after each sync, before whoever waits for it goes on
 */
export async function watchDisk(root: string, onSync?: (disk: Disk) => Promise<void>): Promise<Disk> {
  const durable = new Map<string, Entry>();

  async function keep(path: string): Promise<void> {
    const found = await stat(path);
    durable.set(nodeOf(found), found.isDirectory() ? { names: await namesIn(path) } : { bytes: await readFile(path) });
  }

  async function keepAll(path: string): Promise<void> {
    await keep(path);
    if (!(await stat(path)).isDirectory()) return;
    for (const name of (await namesIn(path)).keys()) await keepAll(join(path, name));
  }

  async function restore(node: string, target: string): Promise<void> {
    const entry = durable.get(node);
    if (entry && 'names' in entry) {
      await mkdir(target, { mode: 0o700 });
      for (const [name, below] of entry.names) await restore(below, join(target, name));
    } else if (node.endsWith(' directory')) {
      await mkdir(target, { mode: 0o700 });
    } else {
      await writeFile(target, entry?.bytes ?? '', { mode: 0o600 });
    }
  }

  await keepAll(root);
  const disk: Disk = {
    async afterPowerCut() {
      const target = join(await temporaryDirectory(), 'home');
      await restore(top, target);
      return target;
    },
  };
  const top = nodeOf(await stat(root));
  const probe = await open(root, 'r');
  const handles = Object.getPrototypeOf(probe) as Record<'sync' | 'datasync', (this: { fd: number }) => Promise<void>>;
  await probe.close();
  for (const name of ['sync', 'datasync'] as const) {
    const before = handles[name];
    vi.spyOn(handles, name).mockImplementation(async function (this: { fd: number }) {
      await before.call(this);
      const path = await readlink(`/proc/self/fd/${this.fd}`);
      if (path === root || path.startsWith(`${root}/`)) {
        await keep(path);
        await onSync?.(disk);
      }
    });
  }
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  return disk;
}

async function namesIn(directory: string): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue;
    names.set(entry.name, nodeOf(await stat(join(directory, entry.name))));
  }
  return names;
}

/** A file that takes the number of one that is gone is another one. */
function nodeOf(found: Stats): string {
  return `${found.ino} ${found.birthtimeMs} ${found.isDirectory() ? 'directory' : 'file'}`;
}
