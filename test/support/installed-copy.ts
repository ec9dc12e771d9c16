import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, temporaryDirectory } from './run-cli.ts';

/** The program in a directory of its own. @param without packages, or all of a scope, that aren't installed there */
export function installedCopy(without: readonly string[] = []): string {
  const copy = temporaryDirectory();
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json']) {
    cpSync(join(PROJECT_ROOT, part), join(copy, part), { recursive: true });
  }
  linkPackages(join(PROJECT_ROOT, 'node_modules'), join(copy, 'node_modules'), '', without);
  return copy;
}

function linkPackages(from: string, to: string, scope: string, without: readonly string[]): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const whole = `${scope}${name}`;
    if (without.includes(whole)) continue;
    const split = without.some((each) => each.startsWith(`${whole}/`));
    if (split) linkPackages(join(from, name), join(to, name), `${whole}/`, without);
    else symlinkSync(join(from, name), join(to, name));
  }
}
