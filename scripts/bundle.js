import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
import { commandSources } from './command-sources.js';
import { ROOT } from './inputs.js';
import { oclifParts } from './oclif-parts.js';
import { programModules, START } from './program-modules.js';

/** Packages that stay outside: few commands want them, or they want files of their own. Everything else is in the bundle. */
const EXTERNAL = [
  '@fastify/websocket',
  '@opentelemetry/api',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-base',
  '@peculiar/x509',
  'image-size',
  'inquirer',
  'jose',
  'node-fetch',
  'pino',
  'pino-pretty',
  'reflect-metadata',
  'tr46',
  'typescript',
  'ws',
];

/**
 * What esbuild is told in both of its steps. Node 20 knows `\p{…}`: esbuild would write a call of `RegExp` for it, which reads the
 * expression at each start.
 */
const TARGET = {
  platform: 'node',
  target: 'node20.19',
  charset: 'ascii',
  supported: { 'regexp-unicode-property-escapes': true },
  logLevel: 'error',
};

/** TypeScript and packages → ES modules, split where a module is loaded by `import()`. */
export const SPLIT = {
  ...TARGET,
  entryPoints: { cli: START },
  outdir: join(ROOT, 'dist'),
  outExtension: { '.js': '.cjs' },
  // Who runs an older build finds its files until they are removed: the names say what is in them.
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  format: 'esm',
  external: EXTERNAL,
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  legalComments: 'none',
  metafile: true,
  write: false,
  plugins: [programModules, oclifParts],
};

/**
 * Each of those → CommonJS, which Node loads quicker, and of which Node 20 can keep the compiled code. esbuild splits ES modules
 * only, hence two steps. Of what a start reads, a third was indentation; lines stay short enough for a stack trace to say where.
 */
export const AS_COMMONJS = {
  ...TARGET,
  format: 'cjs',
  supported: { ...TARGET.supported, 'dynamic-import': false },
  minifyWhitespace: true,
  lineLimit: 120,
};

/**
 * The program: the module where it starts, with all that a start and the quick commands run, and what it loads when a command
 * needs it.
 * @returns file name → text; the name of the main file; the commands' IDs; the paths of what is in them
 */
export async function bundle() {
  const { outputFiles, metafile } = await build(SPLIT);
  const files = new Map();
  for (const { path, text } of outputFiles) files.set(basename(path), (await transform(text, AS_COMMONJS)).code);
  const [main] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === START) ?? [];
  if (main === undefined) throw new Error(`esbuild made no ${START}`);
  const commands = commandSources().map(({ id }) => id);
  return { files, main: basename(main), commands, inputs: Object.keys(metafile.inputs) };
}
