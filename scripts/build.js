/**
 * Bundles the CLI into one CommonJS file, `dist/cli.cjs`: one file to read, one code cache to keep, no module resolution
 * at start-up. `--if-stale` does nothing when nothing that goes into it has changed.
 *
 * Two passes: the first makes a bundle from which the manifest is taken, the second one puts the manifest in.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashOf, ROOT, readOrNull } from './inputs.js';
import { lazyOclif } from './lazy-oclif.js';

/**
 * Packages that stay outside: heavy, reached only through `import()`, or with worker threads that want files of their
 * own (pino). Everything else is in the bundle.
 */
const EXTERNAL = [
  '@peculiar/x509',
  'fastify',
  'inquirer',
  'jose',
  'node-fetch',
  'pino',
  'pino-pretty',
  'rate-limiter-flexible',
  'typescript',
];

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'build-stamp');

/** What the bundle is made of. */
export function buildInputs() {
  return hashOf([
    'src',
    'scripts/build.js',
    'scripts/lazy-oclif.js',
    'scripts/manifest.js',
    'package.json',
    'package-lock.json',
  ]);
}

/** Is `dist/` what a build would make now? */
export function isBuilt() {
  return readOrNull(STAMP) === buildInputs();
}

export async function build() {
  const { build: esbuild } = await import('esbuild');
  const inputs = buildInputs();
  const work = join(DIST, `.work-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const bundle = (outfile, manifest) =>
      esbuild({
        entryPoints: [join(ROOT, 'src/cli/index.ts')],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        target: 'node20.19',
        external: EXTERNAL,
        define: { 'import.meta.dirname': '__dirname' },
        legalComments: 'none',
        metafile: true,
        logLevel: 'error',
        plugins: [lazyOclif, virtualModules(manifest)],
      });
    const draft = join(work, 'draft.cjs');
    await bundle(draft, '{"commands":{}}');
    const manifest = execFileSync(process.execPath, [join(ROOT, 'scripts/manifest.js'), relative(ROOT, draft)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const bundled = join(work, 'cli.cjs');
    const { metafile } = await bundle(bundled, manifest);
    finish(bundled);
    writeFileSync(join(work, 'manifest.json'), manifest);
    writeFileSync(join(work, 'THIRD-PARTY-LICENSES.txt'), licenses(metafile));
    writeFileSync(join(work, 'build-stamp'), inputs);
    // Renamed one by one, the stamp last: who reads dist/ meanwhile sees old or new files, never half of one.
    for (const name of ['manifest.json', 'THIRD-PARTY-LICENSES.txt', 'cli.cjs', 'build-stamp']) {
      renameSync(join(work, name), join(DIST, name));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Makes the bundle a function expression, as `bin/load-bundle.js` compiles it, with a first line that names its content and
 * commands for the code cache. What isn't ASCII (some packages come minified, with their literals as they are) is escaped,
 * so that the file can be read as Latin-1 and V8 keeps it in one byte a character. `import()` of the packages outside becomes
 * a call of the loader's: in code that came from V8's cache a real one fails.
 */
function finish(file) {
  const escaped = (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const external = new RegExp(`\\bimport\\((?="(?:${EXTERNAL.join('|')})")`, 'g');
  const text = readFileSync(file, 'utf8')
    .replace(/[^\0-\x7f]/g, escaped)
    .replace(external, '__import(');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const ids = commandModules().map(({ id }) => id);
  const head = `/* build ${hash} ${ids.join(' ')} */`;
  writeFileSync(file, `${head}\n(function (exports, require, module, __filename, __dirname, __import) {${text}\n})\n`);
}

/** `src/commands/store/check.ts` → `store:check`. */
function commandModules() {
  const directory = join(ROOT, 'src/commands');
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ id: name.replace(/(\/index)?\.ts$/, '').replaceAll('/', ':'), path: join(directory, name) }));
}

/** The modules that `src/cli/bundle.d.ts` declares. */
function virtualModules(manifest) {
  return {
    name: 'cloudillo-virtual-modules',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^cloudillo:/ }, ({ path }) => ({ path, namespace: 'cloudillo' }));
      onLoad({ filter: /^cloudillo:commands$/, namespace: 'cloudillo' }, () => ({
        // require(), not import(): evaluated on first use, yet without a promise, as oclif's command table wants it.
        contents: `export const commands = {\n${commandModules()
          .map(({ id, path }) => `  ${JSON.stringify(id)}: () => require(${JSON.stringify(path)}),`)
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
function licenses(metafile) {
  const packages = new Set();
  for (const input of Object.keys(metafile.inputs)) {
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

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv.includes('--if-stale') || !isBuilt()) await build();
}
