/** The library (`cloudillo/protocol`, `cloudillo/client`): ES modules, and what TypeScript says of them. */
import { join, relative, sep } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { ROOT } from './inputs.js';

/** Entry points by name. */
const ENTRIES = { protocol: 'src/library/protocol.ts', client: 'src/library/client.ts' };

export const LIBRARY = {
  entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, join(ROOT, path)])),
  outdir: join(ROOT, 'dist/library'),
  chunkNames: '[name]-[hash]',
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // src/protocol/uts46.cjs loads its table when a name needs it.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  legalComments: 'none',
  logLevel: 'error',
  write: false,
};

/** @returns file name under `dist/` → text */
export async function library() {
  const { outputFiles } = await build(LIBRARY);
  const modules = outputFiles.map(({ path, text }) => [relative(join(ROOT, 'dist'), path), text]);
  return new Map([...modules, ...declarations()]);
}

/**
 * The declarations that the entry points need, and no others.
 * @throws when they need types of a package: who uses the library may not have it
 */
function declarations() {
  const emitted = emit();
  const needed = new Map();
  const add = (path) => {
    if (needed.has(path)) return;
    const text = emitted.get(path);
    if (text === undefined) throw new Error(`${path} is no declaration of the library`);
    needed.set(path, text);
    const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text);
    const others = [...typeReferenceDirectives, ...importedFiles].filter(({ fileName }) => !fileName.startsWith('.'));
    if (others.length > 0)
      throw new Error(`${path} needs types of ${others.map(({ fileName }) => fileName).join(', ')}`);
    for (const { fileName } of importedFiles) add(join(path, '..', declarationOf(fileName)));
  };
  for (const path of Object.values(ENTRIES)) add(declarationOf(relative('src', path)));
  return [...needed].map(([path, text]) => [join('types', path), text]);
}

/** All declarations of the entry points' modules: path under `src/` → text. */
function emit() {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: false, incremental: false, declaration: true, emitDeclarationOnly: true },
    ROOT,
  );
  const program = ts.createProgram(Object.values(LIBRARY.entryPoints), {
    ...options,
    rootDir: join(ROOT, 'src'),
    outDir: ROOT,
  });
  const emitted = new Map();
  const { diagnostics } = program.emit(undefined, (path, text) =>
    emitted.set(relative(ROOT, path).split(sep).join('/'), text),
  );
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, formatHost));
  return emitted;
}

const formatHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => ROOT,
  getNewLine: () => '\n',
};

/** `./claims.ts` → `./claims.d.ts` */
function declarationOf(path) {
  return path.slice(0, -'.ts'.length) + ts.Extension.Dts;
}
