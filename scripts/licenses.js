import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './inputs.js';

/**
 * The licences of the packages in the bundle, which they ask to be passed on with it.
 * @param inputs the paths of what is in it
 */
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
