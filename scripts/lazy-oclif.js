import { readFileSync } from 'node:fs';

/** How TypeScript compiles an import: a namespace that is only ever looked into, hence safe to load at the first look. */
const IMPORT = /^(?:const|var) (\w+_\d+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm;
const NAMESPACE_EXPORT =
  /^exports\.(Args|Flags|Errors|Interfaces|ModuleLoader|Parser|Constraints) = (__importStar\(require\("[^"]+"\)\));$/gm;

/**
 * oclif loads its help, plugin loader, spinner, globbing and performance modules whether a command needs them or not: as
 * much time again as Node itself takes to start. This esbuild plugin defers each `require` of its modules to the first use.
 */
export const lazyOclif = {
  name: 'lazy-oclif',
  setup({ onLoad }) {
    for (const [filter, contents] of REPLACED) onLoad({ filter }, () => ({ contents, loader: 'js' }));
    onLoad({ filter: /node_modules\/@oclif\/core\/lib\/.*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      let contents = source
        .replace(IMPORT, 'const $1 = __lazy(() => $2);')
        .replace(NAMESPACE_EXPORT, 'exports.$1 = __lazy(() => $2);');
      if (path.endsWith('/core/lib/index.js')) {
        if (contents === source) throw new Error('scripts/lazy-oclif.js no longer fits how @oclif/core is compiled');
        // bin/run.js has looked at Node's version by then, without a parser for version ranges.
        contents = contents.replace(/^checkNodeVersion\(\);$/m, '');
      }
      // It only listens for a closed pipe, as src/cli/output/sink.ts does, but makes process.stdout for it.
      if (path.endsWith('/core/lib/command.js'))
        contents = contents.replace(/^process\.stdout\.on\([\s\S]*?^\}\);$/m, '');
      return { contents: `${contents}\n${LAZY}`, loader: 'js' };
    });
  },
};

/** Modules that do nothing for this program, but are read and load others at each start. */
const REPLACED = [
  // The shell, and whether this is Windows' Linux: for oclif's installers.
  [
    /@oclif\/core\/lib\/util\/os\.js$/,
    `exports.getHomeDir = () => require('node:os').homedir();
     exports.getPlatform = async () => process.platform;
     exports.getShell = async () => 'unknown';`,
  ],
  // Plugins that are found on disk, commands and help classes that are loaded from files: all of it is in the bundle.
  [/@oclif\/core\/lib\/config\/plugin\.js$/, 'exports.Plugin = class {};'],
  [/@oclif\/core\/lib\/config\/ts-path\.js$/, 'exports.tsPath = async (_root, path) => path;'],
  [/@oclif\/core\/lib\/module-loader\.js$/, ''],
  [/node_modules\/minimatch\/.*\/index\.js$/, 'exports.minimatch = () => false;'],
  // A spinner of its own; ours writes to stderr as everything else (src/cli/output/output.ts).
  [/@oclif\/core\/lib\/ux\/action\/spinner\.js$/, `module.exports = require('./simple');`],
  // All of it, for the version that nobody asks for.
  [/@oclif\/core\/package\.json$/, `module.exports = { name: '@oclif/core', version: 'bundled' };`],
  // Traces of oclif's inner life with DEBUG=*.
  [/node_modules\/debug\/src\/index\.js$/, 'module.exports = () => () => {};'],
];

/** A function declaration, because it is used above its place. */
const LAZY = `function __lazy(load) {
  let loaded;
  return new Proxy({}, { get: (_, name) => (loaded ??= load())[name], has: (_, name) => name in (loaded ??= load()) });
}`;
