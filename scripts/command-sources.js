import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './inputs.js';

/** The commands: `src/commands/store/check.ts` is `store:check`. */
export function commandSources() {
  return readdirSync(join(ROOT, 'src/commands'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ id: name.replace(/(\/index)?\.ts$/, '').replaceAll('/', ':'), path: `src/commands/${name}` }));
}
