/** The directory of the package. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The directory of `package.json`: one up from the bundle (`dist/`, where the build replaces `import.meta.dirname` by
 * `__dirname`), two up from here when a test imports the source.
 */
export function packageRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('no package.json above the program');
    directory = parent;
  }
  return directory;
}
