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
      return { contents: `${contents}\n${LAZY}`, loader: 'js' };
    });
  },
};

/** A function declaration, because it is used above its place. */
const LAZY = `function __lazy(load) {
  let loaded;
  return new Proxy({}, { get: (_, name) => (loaded ??= load())[name], has: (_, name) => name in (loaded ??= load()) });
}`;
