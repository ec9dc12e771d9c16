import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type OnLoadOptions, type Plugin, type PluginBuild, transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/run-cli.ts';

const { SPLIT, AS_COMMONJS } = await import(join(PROJECT_ROOT, 'scripts/bundle.js'));
const { LIBRARY } = await import(join(PROJECT_ROOT, 'scripts/library.js'));
const { oclifParts } = await import(join(PROJECT_ROOT, 'scripts/oclif-parts.js'));
const dist = join(PROJECT_ROOT, 'dist');

/** The options of every `onLoad` of a plugin. */
async function loadersOf(plugin: Plugin): Promise<OnLoadOptions[]> {
  const loaders: OnLoadOptions[] = [];
  const onLoad = (options: OnLoadOptions) => loaders.push(options);
  const nothing = () => {};
  await plugin.setup({ onLoad, onResolve: nothing, onEnd: nothing } as unknown as PluginBuild);
  return loaders;
}

describe('the build', () => {
  it('has in every file what esbuild made, to the byte', async () => {
    const { outputFiles } = await build({ ...SPLIT, write: false });
    expect(outputFiles!.length).toBeGreaterThan(100);
    for (const { path, text } of outputFiles!) {
      const { code } = await transform(text, AS_COMMONJS);
      expect(readFileSync(join(dist, path.slice(dist.length + 1)), 'utf8') === code, path).toBe(true);
    }
  });

  it('starts with few modules: of packages, oclif’s parser alone', async () => {
    const { outputs } = (await build({ ...SPLIT, write: false })).metafile!;
    const start = Object.keys(outputs).find((path) => outputs[path]!.entryPoint === 'cloudillo:start');
    const files = new Set<string>();
    const add = (path: string) => {
      if (files.has(path)) return;
      files.add(path);
      const { imports } = outputs[path]!;
      for (const { kind, path: next, external } of imports) if (kind === 'import-statement' && !external) add(next);
    };
    add(start!);
    const modules = [...files].flatMap((path) => Object.keys(outputs[path]!.inputs));
    const packages = modules.filter((path) => path.startsWith('node_modules/'));
    expect(modules).toContain('src/commands/verify-token.ts');
    expect(files.size).toBeLessThanOrEqual(3);
    expect(packages.filter((path) => !path.startsWith('node_modules/@oclif/core/lib/'))).toEqual([]);
    expect(packages.length).toBeLessThanOrEqual(10);
  });

  it('has the library as esbuild made it', async () => {
    const { outputFiles } = await build({ ...LIBRARY, write: false });
    expect(outputFiles!.length).toBeGreaterThan(2);
    for (const { path, text } of outputFiles!) expect(readFileSync(path, 'utf8') === text, path).toBe(true);
    expect(LIBRARY.plugins).toBeUndefined();
  });

  it('starts in a file of that', () => {
    const { main } = JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8'));
    expect(readdirSync(dist)).toContain(main);
  });

  it('has no plugin that loads a module which is there: each text is read by esbuild itself', async () => {
    const loaders = (await Promise.all((SPLIT.plugins as Plugin[]).map(loadersOf))).flat();
    expect(loaders.length).toBeGreaterThan(0);
    for (const { namespace = 'file' } of loaders) expect(namespace).not.toBe('file');
  });

  it('fails when oclif no longer imports what is left out of it', async () => {
    const without = build({ stdin: { contents: '' }, write: false, logLevel: 'silent', plugins: [oclifParts] });
    await expect(without).rejects.toThrow('oclif has changed: flags.js ./help is not imported any more');
  });
});
