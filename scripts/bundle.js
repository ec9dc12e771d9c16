import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from './inputs.js';
import { lazyOclif } from './lazy-oclif.js';

/**
 * Packages that stay outside: reached only through `import()`, or with worker threads that want files of their own (pino).
 * Everything else is in the bundle.
 */
const EXTERNAL = [
  '@fastify/websocket',
  '@peculiar/x509',
  'image-size',
  'inquirer',
  'jose',
  'node-fetch',
  'pino',
  'pino-pretty',
  'reflect-metadata',
  'typescript',
  'ws',
];

/** Packages of the bundle that are large, seldom needed, and loaded by a `require` in a function: each a file of its own. */
const APART = ['tr46'];

/** Of what a start reads, a third was indentation. The lines stay short enough for a stack trace to say where. */
const COMPACT = { minifyWhitespace: true, lineLimit: 120, charset: 'ascii' };

/** Where the program starts: its source, and its file in the build. */
const START = 'src/cli/program/index.ts';
const MAIN = 'cli.cjs';

/** Commands that scripts call once a line: each is as quick as Node lets it be. */
const SHORT_COMMANDS = ['src/commands/verify-token.ts'];

/** Characters. */
const SMALL = 20_000;

/**
 * Characters. From this length on Node keeps a text outside of V8's heap; one that is a little shorter fills the young generation,
 * and a collection follows that takes longer than the reading did. The main file is short enough not to.
 */
const OUTSIDE_HEAP = 1_050_000;

/**
 * The program as chunks: `cli.cjs`, where it starts, and what it loads when a command needs it. A start costs what is read,
 * compiled and run of them, so each command brings its own, and code that several share is in a chunk of its own.
 *
 * esbuild splits ES modules only, and Node 20 keeps no code cache of those: each chunk is then made CommonJS, as a function
 * expression that `bin/load-bundle.js` compiles.
 * @returns file name → text, and the paths of what is in them
 */
export async function bundle(manifest) {
  const { build, transform } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: { cli: join(ROOT, START) },
    outdir: join(ROOT, 'dist'),
    outExtension: { '.js': '.cjs' },
    chunkNames: '[name]-[hash]',
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: [...EXTERNAL, ...APART],
    define: { 'import.meta.dirname': '__dirname' },
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
    plugins: [lazyOclif, virtualModules(manifest)],
  });
  assertNamedImports(metafile);
  const modules = new Map();
  for (const { path, text } of outputFiles) modules.set(basename(path), await asFunction(text, transform));
  const { main, more, files } = pack(modules, startingWith([START, ...SHORT_COMMANDS], metafile));
  const inputs = { ...metafile.inputs };
  for (const name of APART) {
    const apart = await bundlePackage(name, build);
    files.set(`${name}.cjs`, apart.text);
    Object.assign(inputs, apart.inputs);
  }
  const hash = hashOfFiles(new Map([...files, ['main', main], ['more', more]]));
  // With the hash in its name, because a process may read it when there is a newer build.
  const moreFile = `more-${hash}.cjs`;
  const head = { build: hash, commands: commandModules(metafile), apart: [...files.keys()], more: moreFile };
  files.set(moreFile, more).set(MAIN, `/* ${JSON.stringify(head)} */\n${main}`);
  return { files, inputs: Object.keys(inputs) };
}

/** A package with all that it needs, as one module. */
async function bundlePackage(name, build) {
  const { outputFiles, metafile } = await build({
    entryPoints: [name],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    ...COMPACT,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  return { text: `(${wrapped(outputFiles[0].text)})\n`, inputs: metafile.inputs };
}

/**
 * The modules of a build → files: `cli.cjs` holds what every start and the short commands run, `more-….cjs` the other small ones,
 * because a file more costs more time than what isn't looked at; each large one is a file of its own.
 * @param atStart names of modules
 */
function pack(modules, atStart) {
  const files = new Map();
  const main = [];
  const more = [];
  for (const [name, text] of modules) {
    if (atStart.has(name)) main.push([name, text]);
    else if (text.length < SMALL) more.push([name, text]);
    else files.set(name, `(${text})\n`);
  }
  return { main: table(main), more: table(more).padEnd(OUTSIDE_HEAP), files };
}

/** Modules → an object literal of theirs, by name. */
function table(modules) {
  return `({\n${modules.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(',\n')}\n})\n`;
}

/** The modules of some sources, and all that they import statically. */
function startingWith(sources, { outputs }) {
  const found = new Set();
  const visit = (path) => {
    if (found.has(basename(path))) return;
    found.add(basename(path));
    for (const { kind, path: next, external } of outputs[path].imports) {
      if (kind === 'import-statement' && !external) visit(next);
    }
  };
  for (const source of sources) {
    const output = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === source);
    if (!output) throw new Error(`${source} is no source of a command`);
    visit(output[0]);
  }
  return found;
}

/**
 * An ES module → a function expression. `import()` of a chunk becomes `require`; of a package outside a call of the loader's,
 * because code that came from V8's cache can't `import()` by itself. What isn't ASCII (some packages come minified, with
 * their literals as they are) is escaped, so that the file can be read as Latin-1 and V8 keeps it in one byte a character.
 */
async function asFunction(text, transform) {
  const outside = new RegExp(`\\bimport\\((?="(?:${EXTERNAL.join('|')})")`, 'g');
  const apart = new RegExp(`\\b__require\\("(${APART.join('|')})"\\)`, 'g');
  const linked = text
    .replace(apart, 'require("./$1.cjs")')
    .replace(/\bimport\(("\.\/[^"]+")\)/g, 'Promise.resolve().then(() => require($1))')
    .replace(outside, '__import(');
  const plain = exportByValue(withoutInterop(linked));
  const { code } = await transform(plain, { ...COMPACT, format: 'cjs', platform: 'node', target: 'node20.19' });
  return wrapped(code);
}

/**
 * esbuild copies each export of a CommonJS package behind a getter, so that there is a `default` as well. Where nobody asks
 * for that, the package's own exports will do: making the getters took longer than the package.
 */
function withoutInterop(text) {
  return text.replace(/^var (\w+) = __toESM\((\w+\(\)), 1\);$/gm, (whole, name, load) => {
    const uses = text.match(new RegExp(`\\b${name}\\b(?!\\.(?!default\\b))`, 'g'));
    return uses.length === 1 ? `var ${name} = ${load};` : whole;
  });
}

/**
 * `export { a, b as c }` at a module's end → `exports.a = a; exports.c = b;`, where esbuild would make a getter of each. What
 * is not seen to keep its value stays a getter.
 */
function exportByValue(text) {
  return text.replace(/^export \{\n([^}]*)\n\};$/m, (_, list) =>
    list
      .split(',\n')
      .map((item) => item.trim().split(' as '))
      .map(([local, name = local]) =>
        isConstant(local, text)
          ? `exports.${name} = ${local};`
          : `Object.defineProperty(exports, "${name}", { enumerable: true, get: () => ${local} });`,
      )
      .join('\n'),
  );
}

/** Does a variable of a module have its value from where it is declared, and no other afterwards? */
function isConstant(name, text) {
  const escaped = name.replaceAll('$', '\\$');
  const declared = new RegExp(`^(?:var ${escaped} = |(?:async )?function\\*? ${escaped}\\(|class ${escaped}\\b)`, 'm');
  const assigned = new RegExp(
    `(?<![.\\w$])${escaped} ?(?:=(?![=>])|[-+*/%&|^?<>]+=|\\+\\+|--)|(?:\\+\\+|--)${escaped}\\b`,
    'g',
  );
  const times = text.match(assigned)?.length ?? 0;
  return declared.test(text) && times <= (text.includes(`var ${name} = `) ? 1 : 0);
}

/** The body of a module → a function expression in ASCII. */
function wrapped(code) {
  const ascii = code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `function (exports, require, module, __filename, __dirname, __import) {${ascii}\n}`;
}

/** `import()` of a CommonJS package has a `default` only when it is split off: import it by a module of ours. */
function assertNamedImports({ outputs, inputs }) {
  for (const { entryPoint } of Object.values(outputs)) {
    if (entryPoint !== undefined && inputs[entryPoint]?.format === 'cjs') {
      throw new Error(`${entryPoint} is CommonJS: import it statically in a module that is itself import()ed`);
    }
  }
}

function hashOfFiles(files) {
  const hash = createHash('sha256');
  for (const [name, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${name}\0${text}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** Command ID → the module of its class. */
function commandModules({ outputs }) {
  const moduleOf = new Map(Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, basename(path)]));
  return Object.fromEntries(commandSources().map(({ id, path }) => [id, moduleOf.get(path)]));
}

/** `src/commands/store/check.ts` → `store:check`. */
function commandSources() {
  return readdirSync(join(ROOT, 'src/commands'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ id: name.replace(/(\/index)?\.ts$/, '').replaceAll('/', ':'), path: `src/commands/${name}` }));
}

/** The modules that `src/cli/program/bundle.d.ts` declares. */
function virtualModules(manifest) {
  return {
    name: 'cloudillo-virtual-modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^cloudillo:/ }, ({ path }) => ({ path, namespace: 'cloudillo' }));
      onLoad({ filter: /^cloudillo:commands$/, namespace: 'cloudillo' }, () => ({
        contents: `export const commands = {\n${commandSources()
          .map(({ id, path }) => `  ${JSON.stringify(id)}: () => import(${JSON.stringify(join(ROOT, path))}),`)
          .join('\n')}\n};\n`,
        resolveDir: ROOT,
      }));
      onLoad({ filter: /^cloudillo:manifest$/, namespace: 'cloudillo' }, () => ({
        contents: `export default ${JSON.stringify(manifest)};\n`,
      }));
    },
  };
}

/** The licences of the packages in the bundle, which they ask to be passed on with it. */
export function licenses(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const found = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) packages.add(input.slice(0, found[0].length));
  }
  return [...packages]
    .sort()
    .map((directory) => {
      const { name, version, license } = JSON.parse(readFileSync(join(ROOT, directory, 'package.json'), 'utf8'));
      const file = readdirSync(join(ROOT, directory)).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? `${license}\n` : readFileSync(join(ROOT, directory, file), 'utf8');
      return `${name} ${version}\n\n${text}`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
