/**
 * Uses the library as another project does: type-checks the examples of docs/library.md by each way in which TypeScript finds packages, and
 * runs them on plain Node.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './inputs.js';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
/** As a project without Node's types has them. `skipLibCheck` is off: our declarations are checked, too. */
const OPTIONS = {
  ...{ strict: true, allowJs: true, checkJs: true, noEmit: true, skipLibCheck: false, types: [] },
  ...{ target: 'es2023', lib: ['es2023', 'dom'], resolveJsonModule: true },
};
const RESOLUTIONS = [
  { module: 'node18', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
];

/** The examples of a page: a fence ```` ```js NAME ```` each. */
function examples(page) {
  const found = [];
  let lines = null;
  for (const line of page.split('\n')) {
    if (line === '```' && lines !== null) lines = null;
    else if (lines !== null) lines.push(line);
    else if (line.startsWith('```js ')) {
      lines = [];
      found.push({ name: `${line.slice('```js '.length)}.mjs`, lines });
    }
  }
  return found.map(({ name, lines: text }) => ({ name, text: `${text.join('\n')}\n` }));
}

/**
 * @param directory where the package is installed, with the `network.json` of a running sandbox
 * @returns lines that say what was done
 * @throws what failed
 */
export function checkLibrary(directory) {
  const files = examples(readFileSync(join(ROOT, 'docs/library.md'), 'utf8'));
  if (files.length === 0) throw new Error('docs/library.md has no examples');
  for (const { name, text } of files) writeFileSync(join(directory, name), text);
  const names = files.map(({ name }) => name);
  const run = (what, args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: directory,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (status !== 0) throw new Error(`${what} ended with ${status}\n${stdout}${stderr}`);
    return what;
  };
  return [
    ...RESOLUTIONS.map((resolution) => {
      const config = { compilerOptions: { ...OPTIONS, ...resolution }, files: names };
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
      return run(`tsc with moduleResolution ${resolution.moduleResolution}`, [TSC, '-p', 'tsconfig.json']);
    }),
    ...names.map((name) => run(`node ${name}`, [name])),
  ];
}
