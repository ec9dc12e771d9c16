/**
 * Which parts of oclif a command loads: its parser, flags and arguments. The help, spinners, colours and traces that these
 * import as well take as long as Node takes to start, and nothing here uses them. Whole modules stay out, or a small one stands in
 * their place; no text is changed. The help itself (`src/cli/program`) has all of oclif.
 */
import { sep } from 'node:path';
import { ROOT } from './inputs.js';

const CORE = `${ROOT}/node_modules/@oclif/core/lib/`.replaceAll('/', sep);
const NAMESPACE = 'oclif-part';

/** Module of oclif → what it imports → what it gets. */
const PARTS = {
  'flags.js': { './errors': 'errors', './help': 'nothing', './util/fs': 'nothing' },
  'args.js': { './util/fs': 'nothing' },
  'parser/index.js': { './help': 'nothing' },
  'parser/parse.js': { '../cache': 'cache', '../logger': 'nothing', 'node:readline': 'nothing' },
  'parser/errors.js': { '../cache': 'cache', '../errors': 'errors', '../ux/list': 'list', '../ux/theme': 'theme' },
};

const CONTENTS = {
  // What the parser throws. `src/cli/usage/usage-errors.ts` puts it into our words, so nothing of it is coloured or wrapped.
  errors: `exports.CLIError = class CLIError extends Error {
    oclif;
    constructor(error, { exit = 2 } = {}) {
      super(error instanceof Error ? error.message : error);
      this.oclif = { exit };
    }
  };`,
  // What plugins and package.json say about oclif's own exit codes: ours say nothing.
  cache: `exports.__esModule = true;
    const empty = new Map();
    exports.default = { getInstance: () => empty };`,
  list: `exports.__esModule = true;
    exports.default = (rows) => rows.map((row) => row.filter(Boolean).join(' ')).join(String.fromCharCode(10));`,
  theme: 'exports.colorize = (_, text) => text;',
  nothing: `module.exports = new Proxy({}, {
    get(_, name) {
      if (name === '__esModule') return true;
      throw new Error('The build leaves out ' + String(name) + ' of oclif: scripts/oclif-parts.js');
    },
  });`,
};

/** An esbuild plugin. */
export const oclifParts = {
  name: 'oclif-parts',
  setup({ onResolve, onLoad, onEnd }) {
    const unused = new Set(
      Object.entries(PARTS).flatMap(([file, parts]) => Object.keys(parts).map((path) => `${file} ${path}`)),
    );
    onResolve({ filter: /^(node:readline$|\.)/ }, ({ path, importer }) => {
      if (!importer.startsWith(CORE)) return undefined;
      const file = importer.slice(CORE.length).replaceAll(sep, '/');
      const part = PARTS[file]?.[path];
      unused.delete(`${file} ${path}`);
      return part && { path: part, namespace: NAMESPACE };
    });
    onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({ contents: CONTENTS[path] }));
    onEnd(() => ({
      errors: [...unused].map((edge) => ({ text: `oclif has changed: ${edge} is not imported any more` })),
    }));
  },
};
