/** The commands' classes out of a build, for oclif's tools (scripts/oclif-plugin.js): of the one in `BUILD_DIRECTORY`, else `dist/`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './inputs.js';

const directory = process.env.BUILD_DIRECTORY ?? join(ROOT, 'dist');
const { main } = JSON.parse(readFileSync(join(directory, 'build.json'), 'utf8'));
const { commands } = createRequire(import.meta.url)(join(directory, main));
const loaded = Object.entries(commands).map(async ([id, load]) => [id, (await load()).default]);

export const COMMANDS = Object.fromEntries(await Promise.all(loaded));
