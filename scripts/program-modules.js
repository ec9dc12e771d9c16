/**
 * Modules that exist in the build only: where the program starts, the table of commands, and a face for each module that is loaded
 * later.
 */
import { relative } from 'node:path';
import { commandSources } from './command-sources.js';
import { ROOT } from './inputs.js';

/** Where the program starts. */
export const START = 'cloudillo:start';

/** Commands that scripts call once a line: what they run is read with the start. */
const QUICK_COMMANDS = ['src/commands/verify-token.ts'];

const LATER = 'cloudillo-later';

/** An esbuild plugin. */
export const programModules = {
  name: 'program-modules',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^cloudillo:/ }, ({ path }) => ({
      path: path.slice('cloudillo:'.length),
      namespace: 'cloudillo',
    }));
    onLoad({ filter: /^start$/, namespace: 'cloudillo' }, () => ({ contents: start(), resolveDir: ROOT }));
    onLoad({ filter: /^commands$/, namespace: 'cloudillo' }, () => ({ contents: commands(), resolveDir: ROOT }));
    onResolve({ filter: /^\./ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === LATER) return undefined;
      const found = await resolve(path, { kind, resolveDir, pluginData: LATER });
      return found.errors.length > 0 ? found : { path: relative(ROOT, found.path), namespace: LATER };
    });
    onLoad({ filter: /./, namespace: LATER }, ({ path }) => ({ contents: later(path), resolveDir: ROOT }));
  },
};

function start() {
  const quick = QUICK_COMMANDS.map((path) => `import './${path}';`);
  const program = ["export * from './src/cli/program/index.ts';", "export { commands } from 'cloudillo:commands';"];
  return [...program, ...quick].join('\n');
}

/** What `src/cli/program/bundle.d.ts` declares. */
function commands() {
  const rows = commandSources().map(({ id, path }) => `  ${JSON.stringify(id)}: () => import('./${path}'),`);
  return `export const commands = {\n${rows.join('\n')}\n};\n`;
}

/**
 * A module that is loaded later, behind one that imports the start first: whatever the start needs is then needed by all, and
 * esbuild keeps it in one file. Otherwise it makes one for each set of modules that share something.
 */
function later(path) {
  const hasDefault = commandSources().some((command) => command.path === path);
  const face = [`import '${START}';`, `export * from './${path}';`];
  return [...face, ...(hasDefault ? [`export { default } from './${path}';`] : [])].join('\n');
}
